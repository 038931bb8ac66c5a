import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JourneyRecord } from '../../src/upgrade/journey/record.ts';
import { openSiteWithoutDatabase, type ToolOptions, type ToolResult } from '../helpers/lab.ts';
import { hasOtherServers, usePostgres } from '../helpers/postgres.ts';
import { useTwoServers } from '../helpers/two-servers.ts';
import {
  installedOn,
  installerCalls,
  installOn,
  media,
  nodesOf,
  order,
  restartNode,
} from '../helpers/upgrade-lab.ts';
import { expectNoStack } from '../helpers/expect-tool.ts';

const PASSWORD = 'a password';

describe.skipIf(!hasOtherServers)(
  'upgrade run with a hop of the Qlik PostgreSQL Installer',
  { shuffle: false },
  () => {
    const old = usePostgres({ major: 12, password: PASSWORD });
    const made = usePostgres({ major: 14, password: PASSWORD });
    let site: Awaited<ReturnType<typeof openSiteWithoutDatabase>>;
    let closeDoor: (() => void) | undefined;
    let shelf: string;
    let plan: string;
    let central: string;

    function record(): JourneyRecord {
      return JSON.parse(readFileSync(join(site.state, 'upgrade.json'), 'utf8')) as JourneyRecord;
    }

    function medium(release: string, program: string, product = release): void {
      mkdirSync(join(shelf, release), { recursive: true });
      media(join(shelf, release), program, `Qlik Sense ${product}`);
    }

    function carryOut(words: readonly string[], options?: ToolOptions): Promise<ToolResult> {
      return site.run(['upgrade', 'run', plan, '--approve', 'destroy=demo', ...words], options);
    }

    beforeAll(async () => {
      site = await openSiteWithoutDatabase();
      central = site.node('central');
      const installed = { release: 'May 2022', patch: 3 };
      await installOn(nodesOf(site), { ...installed, postgres: { kind: 'bundled', version: '12.5' } });
      closeDoor = await useTwoServers(site, { old: old(), made: made(), release: 'May 2022' });
      const kept = await site.run(['secret', 'set', 'superuser'], { input: `${PASSWORD}\n` });
      expect(kept.code, kept.stderr).toBe(0);
      shelf = join(site.folder, 'media');
      medium('May 2022 Patch 3', 'Qlik_Sense_update.exe');
      medium('May 2025', 'Qlik_Sense_setup.exe');
      media(shelf, 'Qlik_PostgreSQL_setup.exe', 'Qlik PostgreSQL');
      mkdirSync(join(site.folder, 'cache', '{12-5}'), { recursive: true });
      writeFileSync(join(site.folder, 'cache', '{12-5}', 'PostgreSQL125.msi'), 'a package');
      plan = join(site.folder, 'plan.json');
      const start = ['--from', 'May 2022 Patch 3', '--postgres', '9.6', '--postgres-kind', 'bundled'];
      const ran = await site.run(['upgrade', 'plan', ...start, '--to', 'May 2025', '--out', plan]);
      expect(ran.code, ran.stderr).toBe(0);
      // The installer takes 9.6 and 12.5 alike, and the tests have no server of 9.6.
      writeFileSync(plan, readFileSync(plan, 'utf8').replaceAll('9.6', '12.5'));
    }, 240_000);

    afterAll(async () => {
      closeDoor?.();
      await site.close();
    });

    it('wants what the installer cannot do without before the first hop', async () => {
      const ran = await carryOut(['--media', shelf, '--accept-eula']);
      expect(ran.code, ran.stdout + ran.stderr).toBe(3);
      expect(ran.stderr).toContain('hop 2: --set 2.databaseSecret=VALUE: upgrade-postgres-qpi needs it');
      expect(installerCalls(central)).toEqual([]);
    }, 60_000);

    it('takes the patch away, and stops for a restart after the new database was made', async () => {
      const settings = {
        databaseSecret: 'superuser',
        backupFolder: join(site.folder, 'postgres backup'),
        dataFolder: join(site.folder, 'postgres data'),
        packageCache: join(site.folder, 'cache'),
        ask: 'false',
      };
      order(central, { exit: 3010, reboot: true, times: 2 });
      const words = [
        ...['--media', shelf, '--accept-eula', '--confirmed', '1', '--confirmed', '2'],
        ...Object.entries(settings).flatMap(([name, value]) => ['--set', `postgres-qpi.${name}=${value}`]),
      ];
      const first = await carryOut(words);
      expect(first.code, first.stdout + first.stderr).toBe(75);
      expect(record().hops.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
        'uninstall-patch running',
        'postgres-qpi waiting',
        'upgrade waiting',
      ]);
      restartNode(central);
      const second = await carryOut(['--confirmed', '2']);
      expect(second.code, second.stdout + second.stderr).toBe(75);
      expectNoStack(second);
      expect(record().hops.map(({ state }) => state)).toEqual(['done', 'running', 'waiting']);
      expect(nodesOf(site).map(installedOn)).toEqual(['May 2022', 'May 2022']);
    }, 240_000);

    it('goes on with the new database, and is killed in the upgrade after a backup of that', async () => {
      // Which of the two services comes up with Windows the manual does not say: here the new one does.
      site.services('central', ({ services }) => {
        const service = services['QlikSenseRepositoryDatabase'];
        if (service !== undefined) service.startType = 'manual';
      });
      restartNode(central);
      site.edit((content) => {
        content['drill'] = { bin: made().server.folder, folder: made().folder };
      });
      const cut = { at: 'intent config-central central', occurrence: 1 };
      const ran = await carryOut(['--confirmed', '3'], { cut });
      expect(ran.signal, ran.stdout + ran.stderr).toBe('SIGKILL');
      expect(record().hops.map(({ state }) => state)).toEqual(['done', 'done', 'running']);
      expect(nodesOf(site).map(installedOn)).toEqual(['May 2025', 'May 2022']);
    }, 240_000);

    it('goes on after the kill until a rim node fails', async () => {
      order(site.node('rim'), { exit: -14, times: 1 });
      const ran = await carryOut(['--confirmed', '3']);
      expect(ran.code, ran.stdout + ran.stderr).toBe(1);
      expectNoStack(ran);
      expect(ran.stderr).toMatch(/Hop 3 of 3 failed in run \S+\. To go on/);
      expect(nodesOf(site).map(installedOn)).toEqual(['May 2025', 'May 2022']);
    }, 120_000);

    it('goes on from there, until the whole site is on one release and on the new database', async () => {
      const ran = await carryOut(['--confirmed', '3']);
      expect(ran.code, ran.stdout + ran.stderr).toBe(0);
      expect(record()).toMatchObject({
        state: 'done',
        hops: [{ state: 'done' }, { state: 'done' }, { state: 'done' }],
      });
      expect(nodesOf(site).map(installedOn)).toEqual(['May 2025', 'May 2025']);
      const packages = installerCalls(central).filter((call) => call.startsWith('msiexec'));
      // An upgrade that follows at once brings the programs: they are not installed again.
      expect(packages).toEqual([expect.stringMatching(/^msiexec\.exe \/x .*PostgreSQL125\.msi/)]);
      const down = Object.entries(site.states()).filter(([, state]) => state !== 'running');
      expect(down).toEqual([]);
    }, 240_000);
  },
);
