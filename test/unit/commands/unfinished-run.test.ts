import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/commands/all-commands.ts';
import type { CommandContext, OpenedSchedule } from '../../../src/commands/context.ts';
import { createProgram } from '../../../src/commands/program.ts';
import { planText } from '../upgrade/journey/samples.ts';
import { sampleRun } from '../report/samples.ts';
import { fakeEngine, fakeSite, runLine } from './fake-context.ts';

const LOST = sampleRun({ id: 'the-lost-one', outcome: 'lost', next: ['recover'], holdsSite: true });
const NOTHING = { operations: [], account: 'ACME\\svc', needsPassword: false, warnings: [] };

const folder = mkdtempSync(join(tmpdir(), 'sense-runbook-unfinished-'));
writeFileSync(join(folder, 'plan.json'), planText());
writeFileSync(join(folder, 'nothing.json'), planText({ release: 'May 2025' }));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What commands need that do not open the site. */
const AROUND: Partial<CommandContext> = {
  cwd: folder,
  stdin: Readable.from(['a secret']),
  proposeSite: () => Promise.resolve({ text: 'name: acme\n', found: [], missing: [] }),
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

/** How every command is typed; those that can be without a site in more than one way. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  init: ['init new.yaml --yes'],
  doctor: ['doctor'],
  runbooks: ['runbooks'],
  'runbooks show': ['runbooks show backup'],
  plan: ['plan backup'],
  run: ['run backup', 'run backup --dry-run', 'run backup --simulate', 'run backup --simulate --dry-run'],
  cleanup: ['cleanup another-one --dry-run'],
  runs: ['runs'],
  'runs show': ['runs show'],
  'runs report': ['runs report'],
  backup: ['backup', 'backup --simulate'],
  backups: ['backups'],
  'backups show': ['backups show'],
  'backups verify': ['backups verify'],
  'backups drill': ['backups drill'],
  'backups export': ['backups export --output set.tar'],
  'backups prune': ['backups prune', 'backups prune --dry-run'],
  restore: ['restore'],
  'upgrade plan': ['upgrade plan --to 2025-05 --from 2022-08'],
  'upgrade run': [
    'upgrade run plan.json',
    'upgrade run plan.json --dry-run',
    'upgrade run plan.json --simulate',
    'upgrade run nothing.json',
  ],
  'upgrade abandon': ['upgrade abandon'],
  'upgrade releases': ['upgrade releases'],
  'upgrade rules': ['upgrade rules'],
  status: ['status'],
  'secret list': ['secret list'],
  'secret set': ['secret set database'],
  'secret remove': ['secret remove database'],
  'schedule show': ['schedule show'],
  'schedule install': ['schedule install --at 02:00 --yes'],
  'schedule remove': ['schedule remove'],
  demo: ['demo --stop'],
};

/** These lead a run on, so that they are about it already; they name another one that waits. */
const LEADING: readonly string[] = ['resume', 'rollback', 'runs abandon'];

/** These name it in another way, or not, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  recover: 'what it recovers, or that only another command leads on, is what it says',
  upgrade: 'it prints its help',
  secret: 'it prints its help',
  schedule: 'it prints its help',
};

/** Every command of the program, by its words. */
function everyCommand(): string[] {
  const program = createProgram({
    commands: COMMANDS,
    argv: [],
    version: '1.2.3',
    writeOut: () => undefined,
    finish: () => undefined,
    createContext: () => {
      throw new Error('no command is run');
    },
  });
  const walk = (command: Command, before: string): string[] =>
    command.commands.flatMap((child) => {
      const path = `${before} ${child.name()}`.trim();
      return [path, ...walk(child, path)];
    });
  return walk(program, '');
}

/** The test gives a command no more than it needs to come so far. */
function expectNoOther(error: unknown): void {
  if (error !== undefined) expect((error as Error).message).toMatch(/^not expected$|the-lost-one|no upgrade/);
}

describe('a run that was left unfinished', () => {
  const site = fakeSite({
    engine: fakeEngine({ unfinished: () => Promise.resolve(LOST), runs: () => Promise.resolve([LOST]) }),
  });

  it('is looked for in every command that there is', () => {
    const known = [...Object.keys(LINES), ...LEADING, ...Object.keys(EXCEPTIONS)];
    expect(known.sort()).toEqual(everyCommand().sort());
  });

  it.each(Object.values(LINES).flat())('is named, with the command that leads on, by: %s', async (words) => {
    const { out, err, error } = await runLine(words.split(' '), site, AROUND);
    expectNoOther(error);
    expect(out + err).toMatch(/the-lost-one[^]*recover/);
  });

  it.each(LEADING)('is named by a command that would lead another run on: %s', async (words) => {
    const other = await runLine([...words.split(' '), 'another-one'], site, AROUND);
    expect(other.err).toMatch(/^note: run the-lost-one .*next: sense-runbook recover\n/);
    const same = await runLine([...words.split(' '), 'the-lost-one'], site, AROUND);
    expect(same.err).not.toContain('note:');
  });

  it.each(['upgrade', 'secret', 'schedule'])('is not named by the help that %s prints', async (word) => {
    const { error } = await runLine([word], site, AROUND);
    expect(error).toMatchObject({ code: 'commander.help' });
  });

  it('is named by its identifier where it cannot be told how it stands', async () => {
    const waitingRun = () => Promise.resolve({ id: 'the-odd-one', trouble: 'permission denied (EACCES)' });
    const { code, err } = await runLine(['runbooks'], site, { waitingRun });
    expect([code, err]).toEqual([
      0,
      'note: run the-odd-one holds the site, and how it stands cannot be told: permission denied (EACCES); next: sense-runbook runs show the-odd-one\n',
    ]);
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
      ['runbooks'],
      ['upgrade', 'releases'],
      ['upgrade', 'rules'],
    ]) {
      const { out, err } = await runLine(['--json', ...line], site, AROUND);
      expect(err).toBe('');
      expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1 });
    }
  });
});
