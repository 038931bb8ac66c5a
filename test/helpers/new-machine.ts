import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import { buildNewMachine, NEW_SHAPE } from '../../src/demo/new-machine.ts';
import { DEMO_SHAPE, type SiteShape } from '../../src/demo/site-shape.ts';
import { runTool, type Lab, type LabSite, type ToolOptions, type ToolResult } from './lab.ts';
import { testExec } from './postgres.ts';
import { filesBelow } from './restore-site.ts';

/** Host name of the new machine. */
export const NEW_HOST = NEW_SHAPE.nodes[0]?.host ?? '';

/** A machine on which Qlik Sense was installed, with the vault of a site that was lost. */
export interface NewMachine extends Pick<LabSite, 'state' | 'share'> {
  run(args: readonly string[], options?: ToolOptions): Promise<ToolResult>;
  /** Services that run, those of a rim with its name before, what the databases tell, files of the share, files in the certificate stores. */
  digest(): Promise<MachineDigest>;
  /** Hosts of the nodes, as the repository database has them. */
  hosts(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** What a restore changes of a machine, told without the tool. */
export interface MachineDigest {
  readonly running: readonly string[];
  /** Folder of the share as the repository database has it; absent while it is empty. */
  readonly root?: string | null;
  readonly databases: readonly string[];
  readonly share: readonly string[];
  readonly certificates: readonly string[];
}

/** Tells the repository where the share of the lab's own site lies, as a site does, and backs it up. Gives its share. */
export async function backUpToBeLost(lab: Lab): Promise<string> {
  const { paths, cluster } = lab.demo;
  const client = new pg.Client({ ...cluster.address, database: 'QSR' });
  await client.connect();
  await client.query(
    'UPDATE "ServiceClusterSettingsSharedPersistenceProperties" SET "RootFolder" = $1, "AppFolder" = $2',
    [paths.share, `${paths.share}/Apps`],
  );
  await client.end();
  const backup = await runTool(['--site', paths.siteFile, 'backup', '--yes']);
  expect(backup.code, backup.stdout + backup.stderr).toBe(0);
  return paths.share;
}

/** The new server with the rim node of the site that was lost. */
export const WITH_RIM: SiteShape = {
  ...NEW_SHAPE,
  nodes: [...NEW_SHAPE.nodes, ...DEMO_SHAPE.nodes.filter(({ role }) => role === 'rim')],
};

/** Builds the machine in `dir`. */
export async function openNewMachine(
  lab: Lab,
  dir: string,
  shape: SiteShape = NEW_SHAPE,
): Promise<NewMachine> {
  const { signal } = new AbortController();
  const built = await buildNewMachine({
    dir,
    exec: testExec,
    signal,
    lost: lab.demo.paths,
    shape,
  });
  const { paths, cluster } = built;

  async function query<Row extends object>(database: string, text: string): Promise<Row[]> {
    const client = new pg.Client({ ...cluster.address, database });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  return {
    state: paths.state,
    share: paths.share,
    remove: () => built.remove(),
    run: (args, options) => runTool(['--site', paths.siteFile, ...args], options),
    async hosts() {
      const rows = await query<{ host: string }>(
        'QSR',
        'SELECT "HostName" AS host FROM "ServerNodeConfigurations" ORDER BY 1',
      );
      return rows.map(({ host }) => host.toLowerCase());
    },
    async digest() {
      const [table] = await query<{ there: boolean }>(
        'QSR',
        `SELECT to_regclass('public."ServiceClusterSettingsSharedPersistenceProperties"') IS NOT NULL AS there`,
      );
      const [row] =
        table?.there === true
          ? await query<{ root: string | null }>(
              'QSR',
              'SELECT "RootFolder" AS root FROM "ServiceClusterSettingsSharedPersistenceProperties"',
            )
          : [];
      const databases = await query<{ datname: string }>(
        'postgres',
        'SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1',
      );
      return {
        running: shape.nodes.flatMap(({ name, role }) =>
          runningIn(paths.node(name)).map((service) =>
            role === 'central' ? service : `${name}: ${service}`,
          ),
        ),
        ...(row === undefined ? {} : { root: row.root }),
        databases: databases.map(({ datname }) => datname),
        share: filesBelow(paths.share),
        certificates: filesBelow(join(paths.node('central'), 'certificates')),
      };
    },
  };
}

/** Services of a simulated node that run by now, sorted. */
function runningIn(folder: string): string[] {
  const { services } = JSON.parse(readFileSync(join(folder, 'services.json'), 'utf8')) as {
    services: Record<string, { state: string; next?: { state: string; at: string } }>;
  };
  return Object.entries(services)
    .filter(([, { state, next }]) =>
      next !== undefined && Date.parse(next.at) <= Date.now()
        ? next.state === 'running'
        : state === 'running',
    )
    .map(([name]) => name)
    .sort();
}
