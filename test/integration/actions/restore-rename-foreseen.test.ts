import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { realDatabase } from '../../helpers/real-database.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { CHANGED, INPUT, lab, NEW_SHARE, OLD, pg, SET, useRenameLab } from './rename-lab.ts';

useRenameLab();

describe('what the dump of the set says', () => {
  /** A set with a dump of the repository database, as it is now. */
  async function dumped(format: 'tar' | 'custom' | 'directory') {
    const root = temporaryFolder();
    const folder = path.join(root, SET, 'databases');
    await fs.mkdir(folder, { recursive: true });
    const { client, exec } = pg();
    const database = realDatabase(pg(), temporaryFolder());
    const { host, port, user } = pg().address;
    const file = path.join(folder, 'QSR_backup');
    await database.withEnvironment((env) =>
      exec(
        [
          ...[client.pgDump, '-h', host, '-p', String(port), '-U', user, '-F', format.slice(0, 1)],
          ...['-f', file, 'QSR'],
        ],
        { env },
      ),
    );
    const manifest = {
      manifestSha256: 'x',
      postgres: { server: client.version, clients: client.version },
      databases: [
        {
          ...{ name: 'QSR', database: 'QSR', file: 'databases/QSR_backup', format, bytes: 1 },
          ...{ owner: 'o', encoding: 'UTF8', collate: 'C', ctype: 'C' },
        },
      ],
    };
    return { file, vault: { root, manifest } };
  }

  it.each(['tar', 'custom', 'directory'] as const)(
    'is shown as old and new in plan and question before anything is restored: %s',
    async (format) => {
      await pg().sql(
        'QSR',
        'CREATE TABLE "VirtualProxyConfigs" ("ID" int PRIMARY KEY, "WebsocketCrossOriginWhiteList" text)',
        `INSERT INTO "VirtualProxyConfigs" VALUES (1, '${OLD}'), (2, 'a;${OLD};qs1'), (3, NULL), (4, '${OLD}')`,
        `UPDATE "DataConnections" SET "Connectionstring" = 'url=https://QS1.acme.example/qrs' WHERE "Name" = 'Lager 7'`,
      );
      const { vault } = await dumped(format);
      // There may be another site, or none.
      await pg().sql('postgres', 'DROP DATABASE "QSR" WITH (FORCE)');
      const { notes = [], approval = [] } = await lab({ stateFolder: temporaryFolder(), vault }).describe(
        INPUT,
      );
      const told = [
        `"ServiceClusterSettingsSharedPersistenceProperties"."RootFolder": /srv/share -> ${NEW_SHARE} (1 row)`,
        `"ServiceClusterSettingsSharedPersistenceProperties"."DatabaseHost": DB1 -> db9.acme.example (1 row)`,
        `"ServiceClusterSettingsSharedPersistenceProperties"."DatabasePort": 4432 -> 5433 (1 row)`,
        `"VirtualProxyConfigs"."WebsocketCrossOriginWhiteList": ${OLD} -> qs9.acme.example (2 rows)`,
        `"VirtualProxyConfigs"."WebsocketCrossOriginWhiteList": a;${OLD};qs1 -> a;qs9.acme.example;qs9 (1 row)`,
        `Left to the bootstrap: "ServerNodeConfigurations"."HostName": ${OLD.toUpperCase()} -> qs9.acme.example`,
        'Data connections name the old host; change them in the QMC: Lager 7',
      ];
      expect(notes).toEqual(expect.arrayContaining(told));
      expect(approval).toEqual(expect.arrayContaining(told));
    },
  );

  it('is what is changed then', async () => {
    const { vault } = await dumped('tar');
    const { describe: tell, run, outputs } = lab({ stateFolder: temporaryFolder(), vault });
    const { notes = [] } = await tell(INPUT);
    expect((await run(INPUT)).outcome).toBe('done');
    const { changes } = outputs() as unknown as { changes: string[] };
    expect(changes).toHaveLength(Object.keys(CHANGED).length);
    for (const change of changes) expect(notes).toContain(`${change} (1 row)`);
  });

  it('lets no run begin when a folder would stay on the old machine', async () => {
    await pg().sql(
      'QSR',
      `UPDATE "ServiceClusterSettingsSharedPersistenceProperties" SET "Connector32RootFolder" = E'\\\\\\\\QS1\\\\custom'`,
    );
    const { vault } = await dumped('tar');
    const { incomplete } = await lab({ stateFolder: temporaryFolder(), vault }).describe(INPUT);
    expect(incomplete).toContain('"Connector32RootFolder" is \\\\QS1\\custom');
  });

  it('is said to be unknown when the dump cannot be read', async () => {
    const { vault, file } = await dumped('tar');
    await fs.truncate(file, 2048);
    const { notes = [], incomplete } = await lab({ stateFolder: temporaryFolder(), vault }).describe(INPUT);
    expect(incomplete).toBeUndefined();
    expect(notes.join('\n')).toMatch(/is read when it is restored, and shown then: .*QSR_backup/);
  });
});
