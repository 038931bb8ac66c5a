import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JourneyRecord } from '../../src/upgrade/journey/record.ts';
import { openSiteWithoutDatabase, type ToolResult } from '../helpers/lab.ts';
import { hasOtherServers, usePostgres } from '../helpers/postgres.ts';
import { contentsAt, majorAt, serviceOf, useServers } from '../helpers/servers-of-a-site.ts';
import { installedOn, installerCalls, installOn, media, nodesOf } from '../helpers/upgrade-lab.ts';
import { completeSets, everythingOf, expectNoStack } from '../helpers/expect-tool.ts';

const PASSWORD = 'a password';
const APPROVED = ['--approve', 'destroy=demo'];

describe.skipIf(!hasOtherServers)(
  'upgrade run with a move to a later PostgreSQL server',
  { shuffle: false },
  () => {
    const twelve = usePostgres({ major: 12, password: PASSWORD });
    const fourteen = usePostgres({ major: 14, password: PASSWORD });
    let site: Awaited<ReturnType<typeof openSiteWithoutDatabase>>;
    let plan: string;
    let shelf: string;
    /** The port of the site, which never changes. */
    let port: number;

    function record(): JourneyRecord {
      return JSON.parse(readFileSync(join(site.state, 'upgrade.json'), 'utf8')) as JourneyRecord;
    }

    function carryOut(...words: readonly string[]): Promise<ToolResult> {
      return site.run([
        ...[
          'upgrade',
          'run',
          plan,
          '--media',
          shelf,
          '--accept-eula',
          '--confirmed',
          '1',
          '--confirmed',
          '2',
        ],
        ...words,
      ]);
    }

    beforeAll(async () => {
      site = await openSiteWithoutDatabase();
      await useServers(site, [twelve(), fourteen()]);
      ({ port } = twelve().address);
      await installOn(nodesOf(site), { release: 'May 2022' });
      site.edit((content) => {
        content['qlik'] = { ...(content['qlik'] as object), release: 'May 2022' };
      });
      shelf = join(site.folder, 'media');
      mkdirSync(join(shelf, 'May 2025'), { recursive: true });
      media(join(shelf, 'May 2025'), 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025');
      plan = join(site.folder, 'plan.json');
      const start = ['--from', 'May 2022', '--patch', 'none', '--postgres', '9.6'];
      const kind = ['--postgres-kind', 'standalone', '--no-ssl', '--service-account', 'user'];
      const ran = await site.run(['upgrade', 'plan', ...start, ...kind, '--to', 'May 2025', '--out', plan]);
      expect(ran.code, ran.stderr).toBe(0);
      // It is moved like 12, and the tests have no server of 9.6.
      writeFileSync(plan, readFileSync(plan, 'utf8').replaceAll('9.6', '12.5'));
      const { hops } = JSON.parse(readFileSync(plan, 'utf8')) as { hops: { kind: string }[] };
      expect(hops.map(({ kind: hop }) => hop)).toEqual(['postgres-standalone', 'upgrade']);
    }, 240_000);

    afterAll(async () => {
      await site.close();
    });

    it('names what the move needs, and what it is, before anything is done', async () => {
      const before = everythingOf(site);
      const ran = await carryOut(...APPROVED);
      expect(ran.code, ran.stdout + ran.stderr).toBe(3);
      expect(ran.stderr.replace(/\s+/g, ' ')).toContain(
        'hop 1: --set 1.newPort=VALUE: upgrade-postgres-standalone needs it. Port that the new server listens on now',
      );
      expect(everythingOf(site)).toEqual(before);
    }, 60_000);

    it('says before the first backup that a later hop wants the name of the site', async () => {
      const before = everythingOf(site);
      const ran = await carryOut('--yes', '--set', '1.newPort=1');
      expect(ran.code, ran.stdout + ran.stderr).toBe(4);
      expect(ran.stderr).toContain('hop 2 will need approval (destroy)');
      expect(ran.stderr).toContain('--approve destroy=demo');
      expect(everythingOf(site)).toEqual(before);
    }, 60_000);

    it('looks at the new server before the backup: one that does not answer is no reason for a downtime', async () => {
      const ran = await carryOut(...APPROVED, '--set', '1.newPort=1');
      expect(ran.code, ran.stdout + ran.stderr).toBe(3);
      expectNoStack(ran);
      expect(ran.stderr).toContain('hop 1 could not begin, so that its backup was not made');
      expect(completeSets(site)).toEqual([]);
    }, 60_000);

    it('moves the databases, and says before the next backup that no programs of the new server are here', async () => {
      const before = await contentsAt(twelve(), port);
      const ran = await carryOut(
        ...APPROVED,
        ...['--set', `1.newPort=${String(fourteen().address.port)}`],
        ...['--set', `postgres-standalone.oldService=${serviceOf(twelve())}`],
        ...['--set', `postgres-standalone.newService=${serviceOf(fourteen())}`],
      );
      expect(ran.code, ran.stdout + ran.stderr).toBe(3);
      expectNoStack(ran);
      expect(record().hops.map(({ state }) => state)).toEqual(['done', 'waiting']);
      expect(await majorAt(fourteen(), port)).toBe(14);
      expect(await contentsAt(fourteen(), port)).toEqual(before);
      const said = ran.stderr.replace(/\s+/g, ' ');
      expect(said).toContain('the safety backup of hop 2 could not be proven here');
      expect(said).toContain(`\`drill.bin\` is ${twelve().server.folder}`);
      expect(said).toContain('to the bin folder of PostgreSQL 14');
      expect(completeSets(site)).toHaveLength(1);
    }, 120_000);

    it('goes on with them, until the site is where the plan leads', async () => {
      site.edit((content) => {
        content['drill'] = { bin: fourteen().server.folder, folder: fourteen().folder };
      });
      const ran = await carryOut(...APPROVED);
      expect(ran.code, ran.stdout + ran.stderr).toBe(0);
      expect(record()).toMatchObject({ state: 'done', hops: [{ state: 'done' }, { state: 'done' }] });
      expect(nodesOf(site).map(installedOn)).toEqual(['May 2025', 'May 2025']);
      expect(installerCalls(site.node('rim'))).toHaveLength(1);
      const down = Object.entries(site.states()).filter(([, state]) => state !== 'running');
      expect(down).toEqual([[`central/${serviceOf(twelve())}`, 'stopped']]);
    }, 120_000);
  },
);
