import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ActionCollaborators } from '../../../src/actions/collaborators.ts';
import { createCheckDataFolder } from '../../../src/actions/check-data-folder.ts';
import { createClusterCopy } from '../../../src/actions/cluster-copy.ts';
import { createClusterDumpAll } from '../../../src/actions/cluster-dump-all.ts';
import { createClusterDump } from '../../../src/actions/cluster-dump.ts';
import { createClusterStart } from '../../../src/actions/cluster-start.ts';
import { createClusterRemove } from '../../../src/actions/drill-remove-cluster.ts';
import { createVaultBegin } from '../../../src/actions/vault-begin.ts';
import { createVaultCommit } from '../../../src/actions/vault-commit.ts';
import { clientEnvironment } from '../../../src/postgres/client-environment.ts';
import { writePassFile } from '../../../src/postgres/pass-file.ts';
import { hasOtherServers, testExec, usePostgres } from '../../helpers/postgres.ts';
import { checksOf, failed, filesIn, runAction, statuses } from '../../unit/actions/harness.ts';
import { drillLab } from '../../integration/actions/drill-lab.ts';
import { plantSource } from '../../integration/actions/restore-lab.ts';

describe.skipIf(!hasOtherServers).each([{ major: 12 }, { major: 14 }] as const)(
  'the data folder of PostgreSQL $major that an uninstallation left',
  ({ major }) => {
    const source = usePostgres({ major });
    const target = usePostgres({});
    let c: ActionCollaborators;
    let original: string;
    let file: string;
    const exec = (argv: readonly string[], options: object) => testExec(argv, options);

    beforeAll(async () => {
      await plantSource(source());
      const { folder } = source();
      const lab = await drillLab(source(), ['qsr', 'SenseServices']);
      const templates = path.resolve(import.meta.dirname, '../../../templates');
      c = {
        ...lab.c,
        templates,
        site: { ...lab.c.site, qlik: { ...lab.c.site.qlik, release: 'June 2018' } },
      };
      original = source().cluster.dataFolder;
      file = path.join(folder, 'everything.sql');
    }, 120_000);

    it('is refused while its server runs, and when it is none', async () => {
      const asked = { folder: original, file: path.join(source().folder, 'another.sql') };
      const running = await checksOf(createCheckDataFolder(c), {}, asked);
      expect(failed(running.checks).map(({ id }) => id)).toEqual(['data-folder-unused']);
      const none = await checksOf(
        createCheckDataFolder(c),
        {},
        { folder: source().folder + '/vault', file: 'x.sql' },
      );
      expect(failed(none.checks).map(({ id }) => id)).toEqual(['dump-file', 'data-folder']);
    });

    it('gives one script and a backup set, and stays as it is', async () => {
      await source().cluster.stop();
      // As a site has it: nobody gets in without a password, and other settings win over postgresql.conf.
      const settings = path.join(original, 'postgresql.auto.conf');
      const own = await fs.readFile(settings);
      await fs.appendFile(settings, "port = '4432'\nssl = 'on'\n");
      onTestFinished(async () => {
        await fs.writeFile(settings, own);
        await source().cluster.start();
      });
      const before = await hashesOf(original);
      const { checks, outputs } = await checksOf(createCheckDataFolder(c), {}, { folder: original, file });
      expect(failed(checks)).toEqual([]);
      expect(statuses(checks)).toContain('data-folder-unused ok');
      expect(outputs).toMatchObject({ folder: original, major });
      expect(Number(outputs['dumpMajor'])).toBeGreaterThanOrEqual(major);
      try {
        await runAction(createClusterCopy(c), { folder: original }, { exec });
        await runAction(createClusterStart(c), { major }, { exec });
        await runAction(createClusterDumpAll(c), { major, file }, { exec });
        const { outputs: opened } = await runAction(createVaultBegin(c), {}, { exec });
        const set = opened['set'] as string;
        const dumped = await runAction(createClusterDump(c), { set, major, format: 'custom' }, { exec });
        expect(dumped.left).toEqual([]);
        expect(dumped.outputs['dumps']).toMatchObject([
          { name: 'qsr', database: 'QSR', format: 'custom' },
          { name: 'SenseServices', database: 'SenseServices' },
        ]);
        const made = {
          dumps: { all: dumped.outputs['dumps'] ?? [] },
          lacks: { certificates: true, share: true },
        };
        await runAction(createVaultCommit(c), { set, quiesce: 'full', ...made }, { exec });
        await c.vault.unlock('RUN');
        await restoreBoth(set);
      } finally {
        await runAction(createClusterRemove(c), { major }, { exec });
      }
      expect(await hashesOf(original)).toEqual(before);
      expect(await fs.readdir(c.scratch.folder)).toEqual([]);
      expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
    });

    /** The script as the installer does, into an empty server; the set as any other. */
    async function restoreBoth(set: string): Promise<void> {
      const { address, client, folder } = target();
      const passFile = await writePassFile(folder, address);
      const env = clientEnvironment(passFile === undefined ? {} : { passFile: passFile.path });
      const server = ['-h', address.host, '-p', String(address.port), '-U', address.user, '-d', 'postgres'];
      await testExec([client.psql, ...server, '-X', '-q', '-f', file], { env });
      await passFile?.remove();
      const connection = await target().connect('QSR');
      const [row] = await connection.query<{ users: number }>('select count(*)::int as users from "Users"');
      await connection.close();
      expect(row).toEqual({ users: 300 });
      const { ok, damage } = await c.vault.verify(set, { signal: new AbortController().signal });
      expect({ ok, damage }).toEqual({ ok: true, damage: [] });
    }
  },
);

async function hashesOf(folder: string): Promise<string[]> {
  const files = await filesIn(folder);
  return Promise.all(
    files.map(async (name) => {
      const content = await fs.readFile(path.join(folder, name));
      return `${name} ${createHash('sha256').update(content).digest('hex')}`;
    }),
  );
}
