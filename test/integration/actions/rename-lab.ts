import { beforeAll, beforeEach } from 'vitest';
import type { RepositoryDatabase } from '../../../src/actions/collaborators.ts';
import { noOffsite } from '../../../src/actions/offsite.ts';
import { createRestoreRename } from '../../../src/actions/restore-rename.ts';
import type { Action } from '../../../src/contract/action.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Node } from '../../../src/contract/node.ts';
import { createDemoDatabases } from '../../../src/demo/databases.ts';
import type { Manifest } from '../../../src/vault/vault.ts';
import { oneStep, type OneStep } from '../../helpers/one-step.ts';
import { usePostgres, type TestPostgres } from '../../helpers/postgres.ts';
import { realDatabase } from '../../helpers/real-database.ts';
import { fakeScratch, fakeSite } from '../../unit/actions/fakes.ts';
import { fakeVault } from '../../unit/actions/fake-vault.ts';
import { fakeNode } from '../../unit/actions/harness.ts';

let server: (() => TestPostgres) | undefined;

/** The server of the file. */
export function pg(): TestPostgres {
  if (server === undefined) throw new Error('useRenameLab is called at the top of the file');
  return server();
}

/** The one set. */
export const SET = 'SET';
/** Host of the central node that was. */
export const OLD = 'qs1.acme.example';
/** The share of the site file. */
export const NEW_SHARE = '/srv/new-share';
/** Its manifest, as far as names go. */
export const MANIFEST: Manifest = {
  schemaVersion: 1,
  id: SET,
  sequence: 1,
  createdAt: '2026-11-23T02:00:00Z',
  site: {
    nodes: [
      { name: 'central', host: OLD, role: 'central' },
      { name: 'rim', host: 'qs2.acme.example', role: 'rim' },
    ],
    database: { host: 'db1.acme.example', port: 4432 },
    share: [{ folder: 'share', original: '/srv/share' }],
  },
  certificates: [{ role: 'server', subject: `CN=${OLD}` }],
};

/** What the demo's tables say as texts, `TABLE.COLUMN`. */
export async function values(database = 'QSR'): Promise<Record<string, string>> {
  const client = await pg().connect(database);
  try {
    const [share] = await client.query<Record<string, unknown>>(
      'select * from "ServiceClusterSettingsSharedPersistenceProperties"',
    );
    const hosts = await client.query<{ name: string; host: string }>(
      'select "Name" as name, "HostName" as host from "ServerNodeConfigurations" order by 1',
    );
    return Object.fromEntries([
      ...Object.entries(share ?? {})
        .filter(([column]) => !['ID', 'FailoverTimeout'].includes(column))
        .map(([column, value]) => [column, String(value)]),
      ...hosts.map(({ name, host }) => [name, host]),
    ]) as Record<string, string>;
  } finally {
    await client.close();
  }
}

/** The step on a new machine. */
export function lab(options: {
  readonly stateFolder: string;
  /** Folder of the vault, and what its set's manifest says besides. */
  readonly vault?: { readonly root: string; readonly manifest: JsonObject };
  readonly database?: RepositoryDatabase;
  readonly then?: Action;
}): OneStep {
  const { root, manifest } = options.vault ?? { root: '/vault', manifest: {} };
  const vault = { ...fakeVault(root), read: () => Promise.resolve({ ...MANIFEST, ...manifest }) };
  const site = fakeSite();
  const database = options.database ?? realDatabase(pg(), options.stateFolder);
  const action = createRestoreRename({
    site: fakeSite({
      nodes: [{ ...site.nodes[0], host: 'qs9.acme.example' } as (typeof site.nodes)[number]],
      share: { root: NEW_SHARE, exclude: [] },
      database: { ...site.database, host: 'db9.acme.example', port: 5433 },
    }),
    vault,
    offsite: noOffsite(vault),
    scratch: fakeScratch(),
    database,
    stateFolder: options.stateFolder,
  }) as unknown as Action;
  return oneStep({
    action,
    nodes: [fakeNode() as unknown as Node],
    stateFolder: options.stateFolder,
    ...(options.then === undefined ? {} : { then: options.then }),
  });
}

/** What the demo's tables say afterwards, where it is something else. */
export const CHANGED = {
  RootFolder: NEW_SHARE,
  AppFolder: `${NEW_SHARE}/Apps`,
  StaticContentRootFolder: `${NEW_SHARE}/StaticContent`,
  Connector32RootFolder: `${NEW_SHARE}/CustomData`,
  Connector64RootFolder: `${NEW_SHARE}/CustomData`,
  ArchivedLogsRootFolder: `${NEW_SHARE}/ArchivedLogs`,
  DatabaseHost: 'db9.acme.example',
  DatabasePort: '5433',
};
/** Input of the step. */
export const INPUT: JsonObject = { set: SET };
/** What they said before. */
export let original: Record<string, string>;

/** A server with the demo's databases, `QSR` made anew for each test; called at the top of a file. */
export function useRenameLab(): void {
  server = usePostgres();
  beforeAll(async () => {
    await createDemoDatabases(
      {
        nodes: [
          { name: 'central', host: OLD.toUpperCase(), role: 'central', failoverCandidate: false },
          { name: 'rim', host: 'qs2.acme.example', role: 'rim', failoverCandidate: false },
        ],
        shareRoot: '/srv/share',
        database: { ...pg().address },
      },
      'role-password',
    );
    await pg().sql(
      'QSR',
      `UPDATE "ServiceClusterSettingsSharedPersistenceProperties" SET "DatabaseHost" = 'DB1', "DatabasePort" = 4432`,
    );
    original = await values();
    await pg().sql('postgres', 'ALTER DATABASE "QSR" RENAME TO "QSR_original"');
  }, 120_000);

  beforeEach(async () => {
    await pg().sql(
      'postgres',
      'DROP DATABASE IF EXISTS "QSR" WITH (FORCE)',
      'CREATE DATABASE "QSR" TEMPLATE "QSR_original"',
    );
  });
}
