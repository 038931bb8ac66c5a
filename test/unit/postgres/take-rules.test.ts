import { describe, expect, it } from 'vitest';
import type { HbaRule } from '../../../src/postgres/hba-rules.ts';
import { rulesToTake } from '../../../src/postgres/take-rules.ts';

/** A file as a server tells of it: every line that is not a comment is a rule. */
function hba(...lines: string[]) {
  const rules = lines.flatMap((text, index): HbaRule[] => {
    const [type = ''] = text.split(/\s+/);
    if (type === '' || type.startsWith('#')) return [];
    return [
      {
        ...{ line: index + 1, type, databases: ['all'], users: ['all'] },
        ...{ address: null, netmask: null, method: 'md5' },
      },
    ];
  });
  return { file: '/data/pg_hba.conf', text: lines.join('\n'), rules };
}

const OURS = [
  'host all all 10.0.0.0/24 md5',
  'hostssl QSR qliksenserepository 10.1.0.0/24 cert clientcert=1',
];
const FRESH = hba('# fresh', 'local all all scram-sha-256', 'host all all 127.0.0.1/32 scram-sha-256');

describe('lines of pg_hba.conf that another server takes over', () => {
  it('are those for logins over the network, as they are written, before the first one of its own', () => {
    const taken = rulesToTake(hba('local all all peer', ...OURS), FRESH);
    expect(taken.lines).toEqual(OURS);
    expect(taken.before?.line).toBe(3);
  });

  it('are none when it has the same ones first, however they are spaced', () => {
    const there = hba(...OURS.map((line) => line.replaceAll(' ', '\t ')), 'host all all all reject');
    expect(rulesToTake(hba(...OURS), there)).toEqual({ lines: [] });
  });

  it('are all of them when another one of its own would decide before', () => {
    const there = hba('host all all all reject', ...OURS);
    expect(rulesToTake(hba(...OURS), there).lines).toEqual(OURS);
  });

  it.each([
    ['a line that goes on in the next one', hba('host all all 10.0.0.0/24 \\')],
    ['names from a file', hba('host all @admins 10.0.0.0/24 md5')],
    [
      'a file of its own',
      { ...hba(OURS[0] ?? ''), rules: hba(OURS[0] ?? '').rules.map((rule) => ({ ...rule, file: '/x' })) },
    ],
  ])('are left to a person where there is %s', (_what, source) => {
    expect(rulesToTake(source, FRESH)).toMatchObject({
      lines: [],
      problem: expect.stringContaining('pg_hba.conf') as string,
    });
  });
});
