import { describe, expect, it } from 'vitest';
import { admit, type HbaRule } from '../../../src/postgres/hba-rules.ts';
import { listensToOthers } from '../../../src/postgres/hba-server.ts';
import { addLines, isTorn, removeLines } from '../../../src/postgres/hba-text.ts';

const LOGIN = { role: 'qliksenserepository', databases: ['QSR', 'QSMQ'], ssl: false, method: 'md5' };

function rule(line: number, changes: Partial<HbaRule> = {}): HbaRule {
  return {
    line,
    type: 'host',
    databases: ['all'],
    users: ['all'],
    address: '0.0.0.0',
    netmask: '0.0.0.0',
    method: 'md5',
    ...changes,
  };
}

const client = (address: string) => ({ host: 'qs2.acme.example', address });
const linesFor = (rules: readonly HbaRule[], address: string, changes: Partial<typeof LOGIN> = {}) =>
  admit(rules, [client(address)], { ...LOGIN, ...changes });

describe('a node that no rule admits', () => {
  it('gets a line of its own, for the role alone', () => {
    expect(linesFor([], '10.0.0.2').lines).toEqual([
      'host    all    qliksenserepository    10.0.0.2/32    md5',
    ]);
    expect(linesFor([], 'fd00::2').lines).toEqual([
      'host    all    qliksenserepository    fd00::2/128    md5',
    ]);
    expect(
      linesFor([], '10.0.0.0/24', { role: 'Qlik-User', ssl: true, method: 'scram-sha-256' }).lines,
    ).toEqual(['hostssl    all    "Qlik-User"    10.0.0.0/24    scram-sha-256']);
  });

  it.each([
    ['another network', { address: '10.1.0.0', netmask: '255.255.0.0' }],
    ['the other kind of address', { address: '::', netmask: '::' }],
    ['another role', { users: ['postgres'] }],
    ['one of the databases', { databases: ['QSR'] }],
    ['encrypted connections', { type: 'hostssl' }],
    ['the machine itself', { type: 'local', address: null, netmask: null }],
    ['the machine itself by word', { address: 'samehost', netmask: null }],
    ['another host by name', { address: 'qs3.acme.example', netmask: null }],
    ['replication', { databases: ['replication'] }],
    ['a smaller range', { address: '10.0.0.0', netmask: '255.255.255.128' }],
  ])('is one for which there is only a rule for %s', (_what, changes) => {
    expect(
      linesFor([rule(1, changes)], _what === 'a smaller range' ? '10.0.0.0/24' : '10.0.0.2').lines,
    ).toHaveLength(1);
  });
});

describe('a node that is admitted already', () => {
  it.each([
    ['everything', {}],
    ['its network', { address: '10.0.0.0', netmask: '255.255.255.0' }],
    ['its address', { address: '10.0.0.2', netmask: '255.255.255.255' }],
    ['every address by word', { address: 'all', netmask: null }],
    ['its host name', { address: 'QS2.acme.example', netmask: null }],
    ['its role and databases', { users: ['other', 'qliksenserepository'], databases: ['QSMQ', 'QSR'] }],
    ['plain connections', { type: 'hostnossl' }],
  ])('by a rule for %s gets no line', (_what, changes) => {
    expect(linesFor([rule(1, changes)], '10.0.0.2')).toEqual({ lines: [] });
  });

  it('by an IPv6 network gets no line', () => {
    const wide = rule(1, { address: 'fd00::', netmask: 'ffff:ffff::' });
    expect(linesFor([wide], 'fd00::2').lines).toEqual([]);
    expect(linesFor([wide], 'fd01::2').lines).toHaveLength(1);
  });
});

describe('the place of the lines', () => {
  it('is before the first rule that refuses a node, and else the end', () => {
    const rules = [
      rule(3, { address: '10.0.0.9', netmask: '255.255.255.255' }),
      rule(7, { address: '10.0.0.0', netmask: '255.0.0.0', method: 'reject' }),
      rule(9),
    ];
    expect(linesFor(rules, '10.0.0.2').before?.line).toBe(7);
    expect(linesFor(rules, '10.0.0.9').lines).toEqual([]);
    expect(linesFor(rules, '11.0.0.2').lines).toEqual([]);
    expect(linesFor([rule(3, { users: ['postgres'] })], '10.0.0.2').before).toBeUndefined();
  });

  it('is found for all nodes together, each line once', () => {
    const rules = [
      rule(2, { address: '10.0.0.0', netmask: '255.0.0.0', method: 'reject' }),
      rule(1, { method: 'reject' }),
    ];
    const { lines, before } = admit(
      rules,
      [client('11.0.0.1'), client('10.0.0.1'), client('10.0.0.1')],
      LOGIN,
    );
    expect(lines).toHaveLength(2);
    expect(before?.line).toBe(2);
  });
});

describe('the text of the file', () => {
  const run = 'RUN';
  const lines = ['host a', 'host b'];

  it.each([
    ['local all all trust\nhost all all all reject\n', 2],
    ['local all all trust\r\nhost all all all reject\r\n', 2],
    ['local all all trust\n', undefined],
    ['local all all trust', undefined],
    ['', undefined],
    ['host all all all reject', 1],
  ])('%j gets the lines and is the same without them', (text, before) => {
    const added = addLines(text, { run, lines, ...(before === undefined ? {} : { before }) });
    const plain = added.split(/\r?\n/);
    expect(plain.indexOf('host b')).toBe(plain.indexOf('host a') + 1);
    if (before !== undefined)
      expect(plain.indexOf('host b')).toBeLessThan(plain.indexOf('host all all all reject'));
    if (text.includes('\r\n')) expect(added.replaceAll('\r\n', '')).not.toContain('\n');
    const removed = removeLines(added, run);
    // A file without a last line end has one afterwards.
    expect([text, `${text}\n`]).toContain(removed);
    expect(removeLines(added, 'OTHER')).toBeUndefined();
  });

  it('keeps what somebody else added since', () => {
    const added = addLines('one\n', { run, lines });
    expect(removeLines(`${added}host theirs\n`, run)).toBe('one\nhost theirs\n');
  });

  it('is recognised as cut off wherever a write ends, and never when it is whole', () => {
    const original = 'local all all trust\nhost all all all reject\n';
    for (const place of [{ before: 2 }, {}]) {
      const wanted = addLines(original, { run, lines, ...place });
      expect(isTorn(wanted, { run, original })).toBe(false);
      expect(isTorn(original, { run, original })).toBe(false);
      for (let length = 0; length < wanted.length; length += 1) {
        const text = wanted.slice(0, length);
        if (text === original || removeLines(text, run) === original) continue;
        expect(isTorn(text, { run, original }), text).toBe(true);
      }
    }
  });
});

describe('listen_addresses', () => {
  it.each([
    ['*', true],
    ['localhost', false],
    ['', false],
    ['127.0.0.1, ::1', false],
    ['localhost, 10.0.0.1', true],
    ['0.0.0.0', true],
  ])('%j', (listen, others) => {
    expect(listensToOthers(listen)).toBe(others);
  });
});
