import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDemoDatabases } from '../../src/demo/databases.ts';
import { DEMO_SHAPE } from '../../src/demo/site-shape.ts';
import { createCluster } from '../../src/postgres/cluster.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { SqlClient } from '../../src/postgres/server.ts';
import { openSiteWithoutDatabase } from '../helpers/lab.ts';
import { loadScript } from '../helpers/load-script.ts';
import { hasOtherServers, usePostgres } from '../helpers/postgres.ts';
import { backUp, expectRefused } from '../helpers/expect-tool.ts';

describe.skipIf(!hasOtherServers).each([12, 14] as const)('a site with PostgreSQL %i', (major) => {
  // As the site file of the lab has it.
  const postgres = usePostgres({ major, password: 'a password' });
  let site: Awaited<ReturnType<typeof openSiteWithoutDatabase>>;

  beforeAll(async () => {
    site = await openSiteWithoutDatabase();
    const { address: database, server, folder } = postgres();
    await createDemoDatabases({ nodes: DEMO_SHAPE.nodes, shareRoot: site.share, database }, 'another one');
    site.edit((content) => {
      Object.assign(content['database'] as object, { host: database.host, port: database.port });
      content['drill'] = { bin: server.folder, folder };
    });
  }, 120_000);

  afterAll(async () => {
    await site.close();
  });

  /** Loads roles that a newer pg_dumpall wrote into another server of this version, and finds them there as they are here. */
  async function expectRolesIn(file: string): Promise<void> {
    const here = postgres();
    const rolesOf = async (client: SqlClient): Promise<unknown[]> => {
      const roles = await client.query(
        `select rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolpassword
           from pg_authid where rolname !~ '^(pg_|other_superuser$)' order by rolname`,
      );
      await client.close();
      return [...roles];
    };
    const fresh = await createCluster({
      exec: here.exec,
      programs: here.server,
      folder: join(here.folder, 'fresh'),
      superuser: 'other_superuser',
      password: 'fresh-password',
      durable: false,
    });
    try {
      await loadScript(here, fresh.address, file);
      const roles = await rolesOf(await connect(fresh.address, 'postgres'));
      expect(roles).toEqual(await rolesOf(await here.connect()));
      expect(roles).toContainEqual(expect.objectContaining({ rolname: 'qliksenserepository' }));
    } finally {
      await fresh.remove();
    }
  }

  it('is backed up and proven with newer client programs, once that is allowed, and the set says so', async () => {
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [new RegExp(`server.* ${String(major)}`)],
      hint: /allow-newer/,
    });
    site.edit((content) => {
      Object.assign(content['database'] as object, { clients: 'allow-newer' });
    });
    const before = readdirSync(postgres().folder);
    const { path, run } = await backUp(site, '--drill', 'always', '--checksums');
    expect(run.stdout).toContain('Proven restorable: ');
    expect(readdirSync(postgres().folder)).toEqual(before);

    const manifest = JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8')) as {
      postgres: { server: string; clients: string };
      warnings: string[];
    };
    expect(manifest.postgres.server).toMatch(new RegExp(`^${String(major)}\\.`));
    const newer = Number.parseInt(manifest.postgres.clients, 10);
    expect(newer).toBeGreaterThan(major);
    const says = new RegExp(`restore with pg_restore ${String(newer)} or newer`);
    expect(manifest.warnings).toEqual(expect.arrayContaining([expect.stringMatching(says)]));
    expect(readFileSync(join(path, 'RESTORE.md'), 'utf8').replaceAll(/\s+/g, ' ')).toMatch(says);
    await expectRolesIn(join(path, 'databases', 'globals.sql'));
  });
});
