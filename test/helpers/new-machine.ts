import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import { buildNewMachine, NEW_SHAPE } from '../../src/demo/new-machine.ts';
import { DEMO_SHAPE, type SiteShape } from '../../src/demo/site-shape.ts';
import type { DemoSite } from '../../src/demo/start-machine.ts';
import type { IssuedCertificate } from '../../src/platform/certificates/issue.ts';
import { readStoredKeys } from '../../src/platform/simulated/certificates.ts';
import {
  runTool,
  type Lab,
  type LabSite,
  type ServicesFile,
  type ToolOptions,
  type ToolResult,
} from './lab.ts';
import { digestOfMachine, hostsOf, type MachineDigest } from './machine-digest.ts';
import { serveNodes, type RimRegistration } from './node-servers.ts';
import { testExec } from './postgres.ts';
import { leftBeside } from './restore-site.ts';

/** Host name of the new machine. */
export const NEW_HOST = NEW_SHAPE.nodes[0]?.host ?? '';

const DISPATCHER = 'QlikSenseServiceDispatcher';
const SLOW_MS = 90;
const QUICK_MS = 10;

/** A machine on which Qlik Sense was installed, with the vault of a site that was lost. */
export interface NewMachine extends Pick<LabSite, 'siteFile' | 'state' | 'share'>, Pick<DemoSite, 'paths'> {
  run(args: readonly string[], options?: ToolOptions): Promise<ToolResult>;
  digest(): Promise<MachineDigest>;
  /** What a restore keeps or leaves beside what is there. */
  leftBeside(): Promise<readonly string[]>;
  /** Hosts of the nodes, as the repository database has them. */
  hosts(): Promise<readonly string[]>;
  /** Rims in the repository; only of a machine that is served. */
  rims(): Promise<readonly RimRegistration[]>;
  remove(): Promise<void>;
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

/** How a machine is made. */
export interface OpenMachineOptions {
  readonly shape?: SiteShape;
  /** Its repository API answers, and what waits for certificates on its rim. */
  readonly served?: boolean;
  /** Its services start and stop at once, but for one on each node: for tests that make very many runs. */
  readonly quick?: boolean;
  /** Changes it before anything is told of it. */
  readonly prepare?: (machine: DemoSite) => void | Promise<void>;
}

/** Builds the machine in `dir`. */
export async function openNewMachine(
  lab: Lab,
  dir: string,
  { shape = NEW_SHAPE, served = false, quick = false, prepare }: OpenMachineOptions = {},
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
  await prepare?.(built);
  if (quick) for (const { name } of shape.nodes) hurry(paths.node(name));
  const servers = served
    ? await serveNodes({
        ...{ central: paths.node('central'), rim: paths.node('rim'), database: cluster.address },
        authority: await authorityOf(lab),
      })
    : undefined;

  return {
    paths,
    siteFile: paths.siteFile,
    state: paths.state,
    share: paths.share,
    async remove() {
      await servers?.close();
      await built.remove();
    },
    run: (args, options) => runTool(['--site', paths.siteFile, ...args], options),
    hosts: () => hostsOf(built),
    async rims() {
      if (servers === undefined) throw new Error('nothing answers for this machine');
      return servers.rims();
    },
    digest: () => digestOfMachine(built, shape),
    leftBeside: () => leftBeside({ demo: built }, paths),
  };
}

/** Lets services start and stop at once, and the last that stops and first that starts in a time in which a run can end. */
function hurry(node: string): void {
  const file = join(node, 'services.json');
  const content = JSON.parse(readFileSync(file, 'utf8')) as ServicesFile;
  content.readyMs = 0;
  for (const [name, service] of Object.entries(content.services)) {
    const ms = name === DISPATCHER ? SLOW_MS : QUICK_MS;
    Object.assign(service, { startMs: ms, stopMs: ms });
  }
  writeFileSync(file, JSON.stringify(content));
}

/** What signed the certificates of the site that was lost. */
async function authorityOf({ demo }: Lab): Promise<IssuedCertificate> {
  const central = DEMO_SHAPE.nodes.find(({ role }) => role === 'central');
  const subject = `CN=${String(central?.host)}-CA`;
  const keys = await readStoredKeys(demo.paths.node('central'), 'LocalMachine/Root', subject);
  if (keys === undefined) throw new Error(`the lost site has no key of ${subject}`);
  return keys;
}
