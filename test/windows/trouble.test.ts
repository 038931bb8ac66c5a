import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { RUNNING } from './lab/registry.ts';
import { SOON, until } from './lab/until.ts';
import { useWindowsSite } from './lab/use-windows-site.ts';
import type { ProgramEnd } from './lab/windows-lab.ts';

/** The first one that is stopped. */
const SCHEDULER = 'QlikSenseSchedulerService';

/** All that was said, on one line: where it is broken does not matter. */
function said({ stdout, stderr }: ProgramEnd): string {
  return (stdout + stderr).replaceAll(/\s+/g, ' ');
}

describe.skipIf(inject('windowsLab') === undefined)('the bundle in Windows Node.js, in trouble', () => {
  const opened = useWindowsSite({ 'Apps/held': 'an app' });

  it('a wrong password and a disabled service: exit code 3 before anything is stopped', async () => {
    const { lab, site } = opened();
    lab.told();
    const secret = join(lab.drive, 'lab', 'secrets', 'database.txt');
    const password = readFileSync(secret);
    const sets = site.sets();
    const startType = (word: string) =>
      lab.run(['sc.exe', 'config', 'QlikSenseEngineService', 'start=', word]);
    onTestFinished(async () => {
      writeFileSync(secret, password);
      await startType('auto');
    });
    writeFileSync(secret, 'another password\r\n');
    expect(await startType('disabled')).toMatchObject({ code: 0 });
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, said(backup)).toBe(3);
    expect(said(backup)).toContain('refused the password of user "postgres"');
    expect(said(backup)).toContain(
      'Running although disabled, so they could not be started again: QlikSenseEngineService',
    );
    expect(said(backup)).not.toContain('another password');
    expect(lab.told()).toEqual([]);
    expect(site.sets()).toEqual(sets);
  });

  it('a service that refuses to stop ends the backup with exit code 1, and what was stopped before runs again', async () => {
    const { lab, site } = opened();
    lab.told();
    /** What it refuses it tells the service manager by itself. */
    const takesStop = async (takes: boolean) =>
      expect
        .poll(async () => (await lab.run(['sc.exe', 'query', 'QlikSenseEngineService'])).stdout, SOON)
        .toContain(takes ? '(STOPPABLE,' : '(NOT_STOPPABLE,');
    onTestFinished(async () => {
      lab.fault('QlikSenseEngineService');
      await takesStop(true);
    });
    lab.fault('QlikSenseEngineService', 'refuses-stop');
    await takesStop(false);
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, said(backup)).toBe(1);
    expect(said(backup)).toContain('cannot stop QlikSenseEngineService: it does not take this order (1052)');
    expect(lab.told()).toEqual(['stop QlikSenseSchedulerService', 'start QlikSenseSchedulerService']);
    expect(await lab.states()).toEqual(RUNNING);
  });

  it('a service that hangs in its stop is told with its process and exit code 7; recover starts it once it hangs no longer', async () => {
    const { lab, site } = opened();
    lab.told();
    // No other is stopped or started within the short limits.
    const service = SCHEDULER;
    const putBack = site.edit((content) => {
      content.timeouts = { ...content.timeouts, 'service-stop': '3s', 'service-start': '3s' };
    });
    onTestFinished(() => {
      putBack();
      lab.fault(service);
    });
    lab.fault(service, 'hangs-in-stop');
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, said(backup)).toBe(7);
    expect(said(backup)).toMatch(
      /cannot stop \w+SchedulerService: after 3 s it is still stop-pending, process \d+/,
    );
    expect(said(backup)).toContain('THE SITE IS NOT UP');
    expect(lab.told()).toEqual([`stop ${service}`]);
    expect(await lab.states()).toEqual({ ...RUNNING, [service]: 'STOP_PENDING' });

    putBack();
    lab.fault(service);
    const recovered = await site.run(['recover']);
    expect(recovered.code, said(recovered)).toBe(0);
    expect(lab.told()).toEqual([`start ${service}`]);
    expect(await lab.states()).toEqual(RUNNING);
  });

  it('a stop whose answer is lost is not given again: the backup goes on once the service has stopped', async () => {
    const { lab, site } = opened();
    lab.told();
    onTestFinished(() => {
      lab.fault(SCHEDULER);
    });
    lab.fault(SCHEDULER, 'loses-answer');
    const run = site.start(['backup', '--yes']);
    const told: string[] = [];
    await until(run, () => {
      told.push(...lab.told());
      return told.includes(`unanswered ${SCHEDULER}`);
    });
    lab.fault(SCHEDULER);
    const backup = await run.ended;
    expect(backup.code, said(backup)).toBe(0);
    told.push(...lab.told());
    expect(told.filter((line) => line.endsWith(SCHEDULER))).toEqual([
      `unanswered ${SCHEDULER}`,
      `stop ${SCHEDULER}`,
      `start ${SCHEDULER}`,
    ]);
    expect(await lab.states()).toEqual(RUNNING);
  });

  it('a run that is killed then: recover watches the service, which stops only now, and starts it', async () => {
    const { lab, site } = opened();
    lab.told();
    onTestFinished(() => {
      lab.fault(SCHEDULER);
    });
    lab.fault(SCHEDULER, 'loses-answer');
    const run = site.start(['backup', '--yes']);
    const told: string[] = [];
    await until(run, () => {
      told.push(...lab.told());
      return told.includes(`unanswered ${SCHEDULER}`);
    });
    run.kill();
    await run.ended;
    expect(await lab.states()).toEqual(RUNNING);

    const recovering = site.start(['recover']);
    const newest = join(site.state, 'runs', readdirSync(join(site.state, 'runs')).sort().at(-1) ?? '');
    const journal = () => readFileSync(join(newest, 'journal.jsonl'), 'utf8');
    await until(recovering, () => journal().includes(`${SCHEDULER} was told to stop and did not answer`));
    lab.fault(SCHEDULER);
    const recovered = await recovering.ended;
    expect(recovered.code, said(recovered)).toBe(0);
    expect(lab.told()).toEqual([`stop ${SCHEDULER}`, `start ${SCHEDULER}`]);
    expect(await lab.states()).toEqual(RUNNING);
  });

  it('a locked file stops the backup; a service that does not start then is told with exit code 7, and started by recover', async () => {
    const { lab, site } = opened();
    const ready = join(lab.drive, 'lab', 'locked');
    // What did not change since an earlier set is linked, and not read.
    writeFileSync(join(site.share, 'Apps', 'held'), 'an app that changed');
    const lock = lab.start([
      'C:\\lab\\bin\\lockfile.exe',
      lab.windows(join(site.share, 'Apps', 'held')),
      lab.windows(ready),
    ]);
    onTestFinished(async () => {
      lab.fault('QlikSenseEngineService');
      rmSync(ready, { force: true });
      await lock.ended;
    });
    await until(lock, () => existsSync(ready));
    lab.fault('QlikSenseEngineService', 'start-fails 1067');
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, said(backup)).toBe(7);
    expect(backup.stdout).toContain('held');
    expect(backup.stdout).toMatch(/EBUSY|EPERM/);
    expect(backup.stderr).toContain('QlikSenseEngineService');
    expect(await lab.states()).toEqual({ ...RUNNING, QlikSenseEngineService: 'STOPPED' });

    lab.fault('QlikSenseEngineService');
    lab.told();
    const recovered = await site.run(['recover']);
    expect(recovered.code, said(recovered)).toBe(0);
    expect(lab.told()).toEqual(['start QlikSenseEngineService']);
    expect(await lab.states()).toEqual(RUNNING);
  });
});
