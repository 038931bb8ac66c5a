import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDemoDatabases } from '../../src/demo/databases.ts';
import { DEMO_SHAPE } from '../../src/demo/site-shape.ts';
import { openSiteWithoutDatabase } from '../helpers/lab.ts';
import { hasOtherServers, usePostgres } from '../helpers/postgres.ts';
import { settings } from '../helpers/uninstalled-site.ts';
import { installedOn, installOn, media, nodesOf } from '../helpers/upgrade-lab.ts';
import { completeSets } from '../helpers/expect-tool.ts';

describe.skipIf(!hasOtherServers)('the data folder kept by an uninstallation', { shuffle: false }, () => {
  describe.each([12, 14] as const)('of PostgreSQL %i', (major) => {
    const postgres = usePostgres({ major, password: 'a password' });
    let site: Awaited<ReturnType<typeof openSiteWithoutDatabase>>;
    let kept: { folder: string; dumpFile: string };

    beforeAll(async () => {
      site = await openSiteWithoutDatabase();
      const { address: database, server, folder, cluster } = postgres();
      await createDemoDatabases({ nodes: DEMO_SHAPE.nodes, shareRoot: site.share, database }, 'another one');
      await cluster.stop();
      site.edit((content) => {
        Object.assign(content['database'] as object, { clients: 'allow-newer' });
        content['drill'] = { bin: server.folder, folder };
      });
      kept = { folder: cluster.dataFolder, dumpFile: join(folder, 'all.sql') };
    }, 120_000);

    afterAll(async () => {
      await site.close();
    });

    it('gives a set of which a drill proves what is in it, and says everywhere what is not', async () => {
      const before = readdirSync(postgres().folder);
      const flags = settings({ ...kept, share: 'false' });
      const run = await site.run(['run', 'backup-after-uninstall', ...flags, '--yes']);
      expect(run.code, run.stdout + run.stderr).toBe(0);
      const [set = ''] = completeSets(site).map((path) => basename(path));
      const words = new RegExp(
        `Proven restorable, what is in it: ${set} \\(.*\\); it has no certificates and no file share\n`,
      );
      expect(run.stdout).toMatch(words);
      expect(readdirSync(postgres().folder)).toEqual([...before, 'all.sql'].sort());

      const again = await site.run(['backups', 'drill', set]);
      expect(again.code, again.stdout + again.stderr).toBe(0);
      expect(again.stdout).toMatch(words);
      const report = await site.run(['runs', 'report', 'latest']);
      expect(report.stdout.replaceAll(/\s+/g, ' ')).toMatch(
        /what it has is proven restorable; it has no certificates and no file share/,
      );
      expect((await site.run(['backups'])).stdout).toMatch(
        new RegExp(`${set} .* in part\n[^]*${set} has no certificates and no file share`),
      );
      const shown = (await site.run(['backups', 'show', set])).stdout;
      expect(shown).toContain('Lacks      it has no certificates and no file share');
      expect(shown).toMatch(/^In part {4}what it has was restored by a drill on /m);
      expect(shown).not.toMatch(/^Proven/m);
      // What a site is restored from when all is lost is something else.
      const status = await site.run(['status', '--proven-within', '7d']);
      expect(status.stdout).toContain('no set was proven restorable by a drill yet');
    });

    it('is installed over only after the set of it is proven', async () => {
      await installOn(nodesOf(site), {});
      const setup = media(site.folder, 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025');
      const dumpFile = join(postgres().folder, 'again.sql');
      const flags = settings({ ...kept, dumpFile, to: 'May 2025', setup });
      const run = await site.run(['run', 'upgrade-after-uninstall', ...flags, '--approve', 'destroy=demo']);
      // The stand-in for setup brings no server, so that the look at its databases fails.
      expect(run.code, run.stdout + run.stderr).toBe(1);
      expect(run.stderr).toContain('check-databases');
      expect(run.stdout).toMatch(/Proven restorable, what is in it: .*; it has no certificates\n/);
      expect(installedOn(site.node('central'))).toBe('May 2025');
    });
  });
});
