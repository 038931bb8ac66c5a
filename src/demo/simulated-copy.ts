import path from 'node:path';
import { move, outputFile, remove } from 'fs-extra/esm';
import type { Exec } from '../contract/node.ts';
import { createAuthority, issue } from '../platform/certificates/issue.ts';
import { parseCertificate, thumbprintOf } from '../platform/certificates/describe.ts';
import { addToStore } from '../platform/simulated/certificates.ts';
import { expressionValues, loadSite } from '../site/load.ts';
import type { LoadedSite, Site } from '../site/schema.ts';
import { buildDemoSite } from './build-site.ts';
import type { DemoSite } from './start-machine.ts';
import type { ServerAddress } from '../postgres/server.ts';
import { createFurtherDatabases, placeShareFolders } from './databases.ts';
import type { SiteShape } from './site-shape.ts';
import { temporaryFolder } from './temporary-folder.ts';

const DAY_MS = 86_400_000;

/** A simulated copy of a site, in a temporary folder. */
export interface SimulatedCopy {
  /** The copy as a site file would describe it; hooks keep their places in the real site file. */
  readonly loaded: LoadedSite;
  readonly dir: string;
  /** Ends its processes and removes everything it wrote. */
  remove(): Promise<void>;
}

/** What a copy is made of. */
export interface CopyOptions {
  readonly real: LoadedSite;
  readonly exec: Exec;
  readonly signal: AbortSignal;
}

/**
 * Builds a site in the shape of a real one: names, hosts and roles, hooks and time limits are those of the real site;
 * database, share, vault, state, secrets and nodes are new ones. Nothing of the real site is read or connected to.
 * Leaves nothing behind when it fails or is interrupted.
 * @throws PreflightError without PostgreSQL, the signal's reason.
 */
export async function buildSimulatedCopy({ real, exec, signal }: CopyOptions): Promise<SimulatedCopy> {
  const dir = await temporaryFolder('sense-rehearsal-');
  let built: DemoSite | undefined;
  async function removeAll(): Promise<void> {
    await built?.remove();
    await remove(dir);
  }
  try {
    built = await buildDemoSite({ dir, exec, signal, shape: shapeOf(real.site) });
    const { site: plain } = await loadSite(built.paths.siteFile);
    const site = await furnish(plain, real.site, built);
    signal.throwIfAborted();
    return {
      dir,
      loaded: { ...real, site, values: expressionValues(site) },
      remove: removeAll,
    };
  } catch (error) {
    await removeAll();
    throw error;
  }
}

function shapeOf({ name, nodes, database, qlik }: Site): SiteShape {
  return {
    name,
    nodes,
    ...(database.node === undefined ? {} : { databaseNode: database.node }),
    installed: installedOf(qlik.release),
  };
}

/** What the site file says is installed; where it says nothing, the release of the demo. */
function installedOf(release = 'May 2025'): NonNullable<SiteShape['installed']> {
  const [, name = release, patch = '0'] = /^(.+) Patch (\d+)$/i.exec(release) ?? [];
  return { release: name, patch: Number(patch) };
}

/**
 * Gives the copy what the real site has beyond its nodes. Only what is named here is taken over from the real site:
 * what is forgotten stays simulated.
 */
async function furnish(plain: Site, real: Site, { paths, cluster }: DemoSite): Promise<Site> {
  await createFurtherDatabases(cluster.address, real.database.names);
  const { installFolder, programDataFolder } = plain.qlik;
  const { host, port, user, password, clients } = plain.database;
  const { release } = real.qlik;
  const { names, node } = real.database;
  return {
    ...plain,
    qlik: { installFolder, programDataFolder, ...(release === undefined ? {} : { release }) },
    database: {
      ...{ host, port, user, clients, names },
      ...(password === undefined ? {} : { password }),
      ...(node === undefined ? {} : { node }),
    },
    share: await shareLike(real, plain.share.root, paths.dir, cluster.address),
    certificates: {
      ...plain.certificates,
      stores: real.certificates.stores,
      include: await addFurtherCertificates(paths.node(centralOf(real)), real.certificates.include.length),
    },
    extra: await extrasLike(real, path.join(paths.dir, 'extra')),
    vault: {
      ...plain.vault,
      ...(real.vault.workers === undefined ? {} : { workers: real.vault.workers }),
    },
    hooks: real.hooks,
    timeouts: real.timeouts,
  };
}

/** Folders that lie outside the root of the real share are moved out of the root of this one. */
async function shareLike(
  { share }: Site,
  root: string,
  dir: string,
  database: ServerAddress,
): Promise<Site['share']> {
  const parts = [
    ['apps', 'Apps', 'AppFolder'],
    ['staticContent', 'StaticContent', 'StaticContentRootFolder'],
    ['archivedLogs', 'ArchivedLogs', 'ArchivedLogsRootFolder'],
  ] as const;
  const outside: Partial<Record<(typeof parts)[number][0], string>> = {};
  for (const [key, name, column] of parts) {
    if (share[key] === undefined) continue;
    const folder = path.join(dir, 'share-outside', name);
    outside[key] = folder;
    await move(path.join(root, name), folder);
    await placeShareFolders(database, { [column]: folder });
  }
  return { root, ...outside, exclude: share.exclude };
}

async function extrasLike({ extra }: Site, folder: string): Promise<Site['extra']> {
  return Promise.all(
    extra.map(async (real) => {
      const own = path.join(folder, real.name);
      await outputFile(path.join(own, 'sample.qvd'), 'a file of the simulated copy\n'.repeat(500));
      return { ...real, folder: own };
    }),
  );
}

/** As many certificates of another authority as the real site keeps besides its own. Gives their thumbprints. */
async function addFurtherCertificates(node: string, count: number): Promise<string[]> {
  const thumbprints: string[] = [];
  if (count === 0) return thumbprints;
  const authority = await createAuthority({ commonName: 'Another authority', years: 10 });
  const { certificatePem } = authority;
  await addToStore(node, 'LocalMachine/Root', { certificatePem });
  for (let number = 1; number <= count; number += 1) {
    const commonName = `Further certificate ${number}`;
    const notAfter = new Date(Date.now() + 365 * DAY_MS);
    const issued = await issue({ authority, commonName, notAfter });
    await addToStore(node, 'LocalMachine/My', issued);
    thumbprints.push(thumbprintOf(parseCertificate(issued.certificatePem, commonName)));
  }
  return thumbprints;
}

function centralOf({ nodes }: Site): string {
  const central = nodes.find(({ role }) => role === 'central');
  if (central === undefined) throw new Error('a site has a central node');
  return central.name;
}
