import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { RUNNING } from './lab/registry.ts';
import { useWindowsSite } from './lab/use-windows-site.ts';
import { answerFacts } from './lab/windows-facts.ts';

const APPROVED = ['--approve', 'destroy=lab'];
const NEW_HOST = 'qlik-new.example';

describe.skipIf(inject('windowsLab') === undefined)('a restore by the bundle in Windows Node.js', () => {
  const opened = useWindowsSite({
    'Apps/changes': 'at the backup',
    'Apps/fixed': 'at the backup',
    'Apps/frees': 'an app',
    'Apps/ä stays': 'an app',
  });

  /** Those of the share that are read-only, as Windows tells it. */
  async function readOnly(): Promise<string[]> {
    const { lab, site } = opened();
    const { stdout } = await lab.run(['attrib.exe', `${lab.windows(join(site.share, 'Apps'))}\\*`]);
    return [...stdout.matchAll(/^[A-Z ]*R[A-Z ]* C:.*\\(.+?)\s*$/gm)].map(([, name = '']) => name).sort();
  }

  async function attribute(sign: '+r' | '-r', name: string): Promise<void> {
    const { lab, site } = opened();
    await lab.run(['attrib.exe', sign, lab.windows(join(site.share, 'Apps', name))]);
  }

  /** What was written down in the database so far, with one more where one is given. */
  async function moments(next?: string): Promise<string[]> {
    const client = new pg.Client({ ...opened().database.address, database: 'QSR' });
    await client.connect();
    try {
      await client.query('CREATE TABLE IF NOT EXISTS "Moment" ("Text" text)');
      if (next !== undefined) await client.query('INSERT INTO "Moment" VALUES ($1)', [next]);
      return (await client.query<{ Text: string }>('SELECT "Text" FROM "Moment" ORDER BY 1')).rows.map(
        ({ Text }) => Text,
      );
    } finally {
      await client.end();
    }
  }

  /** What the stand-in for Repository.exe was given, and had of its input. */
  const bootstrap = (): string => join(opened().lab.drive, 'lab', 'bootstrap.txt');

  /** When Windows starts each service, in the words of sc.exe. */
  async function startTypes(): Promise<Record<string, string | undefined>> {
    const types: Record<string, string | undefined> = {};
    for (const name of Object.keys(RUNNING)) {
      const { stdout } = await opened().lab.run(['sc.exe', 'qc', name]);
      types[name] = /START_TYPE\s*: (.*?)\s*$/m.exec(stdout)?.[1];
    }
    return types;
  }

  // One test: a rollback is nothing without its restore.
  it('loads databases by pg_restore.exe, talks Repository.exe through, starts everything, and rolls back', async () => {
    const { lab, site } = opened();
    rmSync(bootstrap(), { force: true });
    const changing = join(site.share, 'Apps', 'changes');
    await moments('at the backup');
    for (const name of ['fixed', 'frees']) await attribute('+r', name);
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, backup.stdout + backup.stderr).toBe(0);
    await moments('later');
    writeFileSync(changing, 'later');
    const fixed = join(site.share, 'Apps', 'fixed');
    rmSync(fixed);
    writeFileSync(fixed, 'later', { mode: 0o444 });
    await attribute('-r', 'frees');
    expect(await readOnly()).toEqual(['fixed']);
    // Then the bootstrap is not left out.
    answerFacts(lab, { administrator: false });
    const startType = (word: string) =>
      lab.run(['sc.exe', 'config', 'QlikSenseEngineService', 'start=', word]);
    onTestFinished(async () => void (await startType('auto')));
    await startType('delayed-auto');
    const before = await startTypes();
    expect(before).toMatchObject({ QlikSenseEngineService: '2   AUTO_START  (DELAYED)' });
    lab.told();

    const restore = await site.run(['restore', ...APPROVED]);
    expect(restore.code, restore.stdout + restore.stderr).toBe(0);
    expect(await moments()).toEqual(['at the backup']);
    for (const file of [changing, fixed]) expect(readFileSync(file, 'utf8')).toBe('at the backup');
    expect(await readOnly()).toEqual(['fixed', 'frees']);
    expect(readFileSync(bootstrap(), 'utf8')).toBe('-bootstrap ENTER\n');
    expect(await lab.states()).toEqual(RUNNING);
    expect(await startTypes()).toEqual(before);
    expect(restore.stdout).toMatch(/done +Keep Windows from starting the services by itself/);
    const told = lab.told();
    expect(told[0]).toBe('stop QlikSenseSchedulerService');
    expect(told).not.toContain('stop QlikSenseRepositoryDatabase');
    expect(told.at(-1)).toMatch(/^start QlikSense(Engine|Scheduler)Service$/);

    const back = await site.run(['rollback', ...APPROVED]);
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(await moments()).toEqual(['at the backup', 'later']);
    for (const file of [changing, fixed]) expect(readFileSync(file, 'utf8')).toBe('later');
    expect(await readOnly()).toEqual(['fixed']);
    expect(await lab.states(), `${back.stdout}\n${lab.told().join('\n')}`).toEqual(RUNNING);
    expect(await startTypes()).toEqual(before);
    expect(existsSync(join(site.share, 'Apps', 'ä stays'))).toBe(true);
  });

  it('to another host name has Repository.exe restore it, and starts the Dispatcher in the middle', async () => {
    const { lab, site } = opened();
    rmSync(bootstrap(), { force: true });
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, backup.stdout + backup.stderr).toBe(0);
    await moments('after the backup');
    onTestFinished(
      site.edit(({ nodes: [central] }) => {
        if (central !== undefined) central.host = NEW_HOST;
      }),
    );
    lab.told();
    const restore = await site.run(['restore', '--new-host', NEW_HOST, '--old-is-dead', ...APPROVED]);
    expect(restore.code, restore.stdout + restore.stderr).toBe(0);
    expect(await moments()).not.toContain('after the backup');
    expect(readFileSync(bootstrap(), 'utf8')).toBe('-bootstrap -standalone -restorehostname ENTER\n');
    const started = lab.told().filter((line) => line.startsWith('start '));
    expect(started[0]).toBe('start QlikSenseServiceDispatcher');
    expect(await lab.states()).toEqual(RUNNING);
  });
});
