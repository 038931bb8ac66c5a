import { createAuthority, issue } from '../platform/certificates/issue.ts';
import { addToStore } from '../platform/simulated/certificates.ts';
import { qlikServices, setUpSimulatedNode } from '../platform/simulated/set-up.ts';
import type { NewService, NewSimulatedNode } from '../platform/simulated/set-up.ts';
import type { DemoPaths } from './site-paths.ts';
import { DEMO_SHAPE } from './site-shape.ts';
import type { ShapeNode, SiteShape } from './site-shape.ts';

const DATABASE_SERVICE = 'QlikSenseRepositoryDatabase';
const START_MS = 80;
const STOP_MS = 60;
const READY_MS = 150;
type NewInstalled = NonNullable<NewSimulatedNode['installed']>;

const VALID_MS = 3 * 365 * 86_400_000;

/** Makes the nodes: services that run and take time, and certificates (manual 5.4, p. 189). */
export async function writeDemoNodes(paths: DemoPaths, shape: SiteShape = DEMO_SHAPE): Promise<void> {
  const now = new Date();
  await setUpNodes(paths, shape, now, (services) => services);
  await writeCertificates(paths, shape, now);
}

/** Makes nodes as an installation leaves them that starts nothing: only the database runs, there are no certificates. */
export async function writeInstalledNodes(paths: DemoPaths, shape: SiteShape): Promise<void> {
  await setUpNodes(paths, shape, new Date(), (services) =>
    services.map((service) =>
      service.name === DATABASE_SERVICE ? service : { ...service, state: 'stopped' as const },
    ),
  );
}

async function setUpNodes(
  paths: DemoPaths,
  shape: SiteShape,
  now: Date,
  change: (services: NewService[]) => NewService[],
): Promise<void> {
  for (const node of shape.nodes) {
    await setUpSimulatedNode({
      folder: paths.node(node.name),
      services: change(servicesOf(node, shape)),
      readyMs: READY_MS,
      ...(shape.installed === undefined ? {} : { installed: installedOf(node, shape) }),
      now,
    });
  }
}

function installedOf(node: ShapeNode, { installed, databaseNode }: SiteShape): NewInstalled {
  return {
    schemaVersion: 1,
    ...installed,
    // Then what is left out where the services run as an administrator is rehearsed too.
    administrator: null,
    ...(node.name === databaseNode ? { postgres: { kind: 'bundled', version: '12.5' } } : {}),
  };
}

/** Those the shape names, else all that an installation has; none depends on one that is not there. */
function servicesOf(node: ShapeNode, { databaseNode }: SiteShape): NewService[] {
  const withDatabase = node.name === databaseNode;
  const all = qlikServices({ withDatabase, startMs: START_MS, stopMs: STOP_MS });
  const { services: names } = node;
  if (names === undefined) return all;
  return names.map((name) => {
    const { dependsOn = [] } = all.find((service) => service.name === name) ?? {};
    return {
      name,
      startMs: START_MS,
      stopMs: STOP_MS,
      dependsOn: dependsOn.filter((other) => names.includes(other)),
    };
  });
}

async function writeCertificates(paths: DemoPaths, { nodes }: SiteShape, now: Date): Promise<void> {
  const central = nodes.find(({ role }) => role === 'central');
  if (central === undefined) throw new Error('a site has a central node');
  const notAfter = new Date(now.getTime() + VALID_MS);
  const authority = await createAuthority({ commonName: `${central.host}-CA`, years: 10, now });
  const client = await issue({ authority, commonName: 'QlikClient', role: 'Client', notAfter });
  const cluster = await issue({ authority, commonName: 'QlikServiceCluster', notAfter });
  for (const { name, host } of nodes) {
    const folder = paths.node(name);
    // Only the central node has the authority's private key.
    const { certificatePem } = authority;
    await addToStore(folder, 'LocalMachine/Root', name === central.name ? authority : { certificatePem });
    const server = await issue({ authority, commonName: host, role: 'Server', notAfter, hosts: [host] });
    await addToStore(folder, 'LocalMachine/My', server);
    await addToStore(folder, 'LocalMachine/My', cluster);
    await addToStore(folder, 'CurrentUser/My', client);
  }
}
