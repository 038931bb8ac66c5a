import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { SERVICES } from './lab/registry.ts';
import { useWindowsSite } from './lab/use-windows-site.ts';

const RUNNING = Object.fromEntries(SERVICES.map(([name]) => [name, 'RUNNING']));

describe.skipIf(inject('windowsLab') === undefined)('the bundle in Windows Node.js, in trouble', () => {
  const opened = useWindowsSite({ 'Apps/held': 'an app' });

  it('killed while the services are down: recover starts them, and only them', async () => {
    const { lab, site } = opened();
    lab.told();
    const run = site.start(['backup', '--yes']);
    const told: string[] = [];
    while (!told.includes('stop QlikSenseServiceDispatcher')) {
      told.push(...lab.told());
      await delay(20);
    }
    run.kill();
    await run.ended;
    expect(await lab.states()).toMatchObject({
      QlikSenseRepositoryDatabase: 'RUNNING',
      QlikSenseEngineService: 'STOPPED',
    });
    const { code, stdout, stderr } = await site.run(['recover']);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain('What the run had stopped runs again.');
    expect(await lab.states()).toEqual(RUNNING);
    expect(lab.told()).not.toContain('start QlikSenseRepositoryDatabase');
  });

  it('a wrong password and a disabled service are told before anything is stopped', async () => {
    const { lab, site } = opened();
    lab.told();
    const secret = join(lab.drive, 'lab', 'secrets', 'database.txt');
    const password = readFileSync(secret);
    writeFileSync(secret, 'another password\r\n');
    await lab.run(['sc.exe', 'config', 'QlikSenseEngineService', 'start=', 'disabled']);
    const { code, stdout, stderr } = await site.run(['doctor']);
    await lab.run(['sc.exe', 'config', 'QlikSenseEngineService', 'start=', 'auto']);
    writeFileSync(secret, password);
    expect(code).toBe(3);
    expect(stdout).toContain('refused the password of user "postgres"');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Running although disabled, so they could not be started again: QlikSenseEngineService',
    );
    expect(stdout + stderr).not.toContain('another password');
    expect(lab.told()).toEqual([]);
  });

  it('a locked file stops the backup; a service that does not start then is told with exit code 7, and started by recover', async () => {
    const { lab, site } = opened();
    const ready = join(lab.drive, 'lab', 'locked');
    const lock = lab.start([
      'C:\\lab\\bin\\lockfile.exe',
      lab.windows(join(site.share, 'Apps', 'held')),
      lab.windows(ready),
    ]);
    while (!existsSync(ready)) await delay(20);
    lab.fault('QlikSenseEngineService', 'start-fails 1067');
    const { code, stdout, stderr } = await site.run(['backup', '--yes']);
    rmSync(ready);
    await lock.ended;
    expect(code, stdout + stderr).toBe(7);
    expect(stdout).toContain('held');
    expect(stdout).toMatch(/EBUSY|EPERM/);
    expect(stderr).toContain('QlikSenseEngineService');
    expect(await lab.states()).toEqual({ ...RUNNING, QlikSenseEngineService: 'STOPPED' });

    lab.fault('QlikSenseEngineService');
    lab.told();
    const recovered = await site.run(['recover']);
    expect(recovered.code, recovered.stdout + recovered.stderr).toBe(0);
    expect(lab.told()).toEqual(['start QlikSenseEngineService']);
    expect(await lab.states()).toEqual(RUNNING);
  });
});
