import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { CommandContext, OpenedSchedule } from '../../../src/commands/context.ts';
import { sampleRun } from '../report/samples.ts';
import { fakeEngine, fakeSite, runLine } from './fake-context.ts';

const LOST = sampleRun({ id: 'the-lost-one', outcome: 'lost', next: ['recover'], holdsSite: true });
const NOTHING = { operations: [], account: 'ACME\\svc', needsPassword: false, warnings: [] };

/** What commands need that do not open the site. */
const AROUND: Partial<CommandContext> = {
  stdin: Readable.from(['a secret']),
  secrets: () =>
    Promise.resolve({
      set: () => Promise.resolve(),
      details: () => Promise.resolve([]),
      remove: () => Promise.resolve(),
    }),
  schedule: () =>
    Promise.resolve<OpenedSchedule>({
      site: 'acme',
      scheduler: {
        planInstall: () => Promise.resolve(NOTHING),
        planRemove: () => Promise.resolve(NOTHING),
        perform: () => Promise.resolve(),
        show: () => Promise.resolve([]),
      },
      readSecret: () => Promise.resolve(''),
      hide: () => undefined,
    }),
};

const LINES: readonly string[] = [
  'doctor',
  'plan backup',
  'backups',
  'backups verify',
  'backups prune --dry-run',
  'runs',
  'status',
  'secret list',
  'secret set database',
  'secret remove database',
  'schedule show',
  'schedule install --at 02:00 --yes',
  'schedule remove',
];

describe('a run that was left unfinished', () => {
  const site = fakeSite({
    engine: fakeEngine({ unfinished: () => Promise.resolve(LOST), runs: () => Promise.resolve([LOST]) }),
  });

  it.each(LINES)('is named, with the command that leads on, by: %s', async (words) => {
    const line = words.split(' ');
    const { out, err, error } = await runLine(line, site, AROUND);
    expect(error).toBeUndefined();
    expect(out + err).toMatch(/the-lost-one[^]*recover/);
  });

  it('is named also where nothing can be scheduled', async () => {
    const schedule = () => Promise.reject(new Error('no scheduler here'));
    const { err, error } = await runLine(['schedule', 'show'], site, { schedule });
    expect(error).toMatchObject({ message: 'no scheduler here' });
    expect(err).toContain('the-lost-one');
  });

  it('is not named by a command of which nothing but a document is wanted', async () => {
    for (const line of [
      ['secret', 'list'],
      ['schedule', 'show'],
    ]) {
      const { out, err } = await runLine(['--json', ...line], site, AROUND);
      expect(err).toBe('');
      expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1 });
    }
  });
});
