import { describe, expect, it } from 'vitest';
import { moveAllowLists, newEntries } from '../../../src/actions/rename-allow-lists.ts';

const FROM = 'qs1.acme.example';
const TO = 'qs9.acme.example';

/** What becomes of a list; undefined: it stays. */
function moved(list: string, move = { from: FROM, to: TO }) {
  const value = { schema: 'public', table: 'T', column: 'C', key: { column: 'ID', value: '1' }, value: list };
  const { changes, stuck } = moveAllowLists([value], move);
  for (const change of changes) expect(change).toEqual({ ...value, to: change.to });
  return { to: changes[0]?.to, stuck };
}

describe('a host allow list', () => {
  it.each([
    ['that is the old host alone', 'QS1.acme.example', TO],
    ['that is its short name alone', 'QS1', 'qs9'],
    [
      'with the old host among others',
      `hub.acme.example;${FROM};10.0.0.1`,
      `hub.acme.example;${TO};10.0.0.1`,
    ],
    ['with its short name among others', 'hub,qs1,x', 'hub,qs9,x'],
    ['with both of its names', `${FROM};qs1`, `${TO};qs9`],
    ['of both separators and blanks', ` a, ${FROM} ;b,,`, ` a, ${TO} ;b,,`],
  ])('%s gets the new one in its place', (_what, list, to) => {
    expect(moved(list)).toEqual({ to, stuck: [] });
  });

  it.each([
    ['the new one is there already, before it', `${TO};a;${FROM};b`, `${TO};a;b`],
    ['the new one is there already, behind it', `${FROM};a,${TO.toUpperCase()}`, `a,${TO.toUpperCase()}`],
    ['the old one is there twice', `${FROM};a;QS1.acme.example`, `${TO};a`],
    ['both are there and nothing else', `${FROM},${TO}`, TO],
  ])('names no host twice: %s', (_what, list, to) => {
    expect(moved(list)).toEqual({ to, stuck: [] });
  });

  it.each([
    ['other hosts', 'hub;qs10.acme.example;my-qs1.acme.example;qs10;qs1.other.example'],
    ['the same other host twice', 'hub;hub'],
    ['the new host', TO],
    ['nothing', ''],
  ])('stays as it is with %s', (_what, list) => {
    expect(moved(list)).toEqual({ to: undefined, stuck: [] });
  });

  it.each(['https://qs1.acme.example', 'qs1:8443', '*.qs1.acme.example', `a ${FROM}`])(
    'is for a person where an entry has more than the name: %s',
    (entry) => {
      expect(moved(`hub;${entry};qs1`)).toEqual({ to: `hub;${entry};qs9`, stuck: [`"T"."C" has ${entry}`] });
    },
  );

  it('gets the one new name for both, where that is an address or a short name', () => {
    for (const to of ['10.0.0.9', 'qs9']) {
      expect(moved(`${FROM};a`, { from: FROM, to }).to).toBe(`${to};a`);
      expect(moved(`${FROM};qs1`, { from: FROM, to }).to).toBe(to);
    }
  });

  it('has no short name of an address', () => {
    expect(moved('10;10.0.0.1', { from: '10.0.0.1', to: TO }).to).toBe(`10;${TO}`);
  });

  it('has no short name of a host that is known later', () => {
    expect(newEntries({ from: '<check.oldHost>', to: TO })).toEqual([['<check.oldHost>', TO]]);
  });

  it('that has the old host in full is for a person, where only the short name of it is known', () => {
    const move = { from: 'qs1', to: TO };
    expect(moved('QS1;a', move)).toEqual({ to: `${TO};a`, stuck: [] });
    expect(moved('qs1.acme.example', move)).toEqual({
      to: undefined,
      stuck: ['"T"."C" has qs1.acme.example'],
    });
  });

  it('goes on to have the short name where only the domain is another one', () => {
    const move = { from: FROM, to: 'qs1.other.example' };
    expect(moved(`${FROM};qs1`, move)).toEqual({ to: 'qs1.other.example;qs1', stuck: [] });
  });
});
