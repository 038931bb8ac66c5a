import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { SiteShape } from '../../src/demo/site-shape.ts';
import type { DemoSite } from '../../src/demo/start-machine.ts';
import { certificatesOf, hashesBelow, momentsOf, query, type Hashes } from './restore-site.ts';
import { runningIn, startTypesIn } from './running-services.ts';

const DATABASE = 'QlikSenseRepositoryDatabase';

/** What a restore changes of a machine, told without the tool. */
export interface MachineDigest {
  /** Services; those of a rim with its name before. */
  readonly running: readonly string[];
  /** When Windows starts them, by node. */
  readonly startTypes: readonly Readonly<Record<string, string>>[];
  /** Names of those that are open. */
  readonly databases: readonly string[];
  /** What marks each of them; empty: nothing. */
  readonly moments: Readonly<Record<string, string>>;
  /** Folder of the share as the repository database has it; absent while it is empty. */
  readonly root?: string | null;
  /** Hosts of the nodes, as it has them. */
  readonly hosts: readonly string[];
  readonly share: Hashes;
  readonly extra: Hashes;
  /** Certificates and keys in the stores of the central node. */
  readonly certificates: Hashes;
  /** The same of its other nodes. */
  readonly rimCertificates: readonly Hashes[];
  /** Configuration and log files, which the nodes of a machine share. */
  readonly program: Hashes;
  /** Text of pg_hba.conf, without the name of the run that wrote in it. */
  readonly admitted: string;
  /** What ALTER SYSTEM set listen_addresses to; null: nothing. */
  readonly listen: string | null;
}

/** What the machine is like now. */
export async function digestOfMachine(machine: DemoSite, shape: SiteShape): Promise<MachineDigest> {
  const { paths, cluster } = machine;
  const server = { demo: machine };
  const root = await rootOf(machine);
  const databases = await query<{ datname: string }>(
    server,
    'postgres',
    'SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1',
  );
  const [listen] = await query<{ setting: string }>(
    server,
    'postgres',
    `SELECT setting FROM pg_file_settings
      WHERE name = 'listen_addresses' AND sourcefile LIKE '%postgresql.auto.conf' ORDER BY seqno DESC LIMIT 1`,
  );
  const hba = readFileSync(join(cluster.dataFolder, 'pg_hba.conf'), 'utf8');
  return {
    running: shape.nodes.flatMap(({ name, role }) =>
      runningIn(paths.node(name)).map((service) => (role === 'central' ? service : `${name}: ${service}`)),
    ),
    startTypes: shape.nodes.map(({ name }) => startTypesIn(paths.node(name))),
    databases: databases.map(({ datname }) => datname),
    moments: await momentsOf(server),
    ...(root === undefined ? {} : { root }),
    hosts: await hostsOf(machine),
    share: hashesBelow(paths.share),
    extra: hashesBelow(paths.extra),
    certificates: certificatesOf(paths.node('central')),
    rimCertificates: shape.nodes
      .filter(({ role }) => role === 'rim')
      .map(({ name }) => certificatesOf(paths.node(name))),
    program: { ...hashesBelow(paths.installFolder), ...hashesBelow(paths.programDataFolder) },
    admitted: hba.replaceAll(/^(# sense-runbook )\S+:/gm, '$1RUN:'),
    listen: listen?.setting ?? null,
  };
}

/** Hosts of the nodes, as the repository database has them; none while it is empty. */
export async function hostsOf(machine: DemoSite): Promise<string[]> {
  if (!(await hasTable(machine, 'ServerNodeConfigurations'))) return [];
  const rows = await query<{ host: string }>(
    { demo: machine },
    'QSR',
    'SELECT "HostName" AS host FROM "ServerNodeConfigurations" ORDER BY 1',
  );
  return rows.map(({ host }) => host.toLowerCase());
}

/** A machine that is none of `wholes` but for its services is half restored: nothing but its database may run. */
export function expectQuiet(now: MachineDigest, wholes: readonly MachineDigest[], words: string): void {
  const whole = wholes.some((one) => isDeepStrictEqual(withoutServices(now), withoutServices(one)));
  if (whole) return;
  expect(now.running, `services of a half restored machine after ${words}`).toEqual([DATABASE]);
  const automatic = now.startTypes.flatMap((types) =>
    Object.keys(types).filter((name) => types[name]?.startsWith('automatic') === true),
  );
  expect(automatic, `what Windows would start of it after ${words}`).toEqual([DATABASE]);
}

function withoutServices({ running: _running, startTypes: _startTypes, ...data }: MachineDigest): object {
  return data;
}

async function rootOf(machine: DemoSite): Promise<string | null | undefined> {
  const table = 'ServiceClusterSettingsSharedPersistenceProperties';
  if (!(await hasTable(machine, table))) return undefined;
  const [row] = await query<{ root: string | null }>(
    { demo: machine },
    'QSR',
    `SELECT "RootFolder" AS root FROM "${table}"`,
  );
  return row?.root;
}

async function hasTable(machine: DemoSite, table: string): Promise<boolean> {
  const [row] = await query<{ there: boolean }>(
    { demo: machine },
    'QSR',
    'SELECT to_regclass($1) IS NOT NULL AS there',
    [`public."${table}"`],
  );
  return row?.there === true;
}
