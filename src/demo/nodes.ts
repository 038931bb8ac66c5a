import { createAuthority, issue } from '../platform/certificates/issue.ts';
import { addToStore } from '../platform/simulated/certificates.ts';
import { qlikServices, setUpSimulatedNode } from '../platform/simulated/set-up.ts';
import { DEMO_NODES } from './site-file.ts';
import type { DemoPaths } from './site-paths.ts';

const START_MS = 300;
const STOP_MS = 250;
const READY_MS = 600;
const VALID_MS = 3 * 365 * 86_400_000;

/** Makes the central and the rim node: services that run and take time, and certificates (manual 5.4, p. 189). */
export async function writeDemoNodes(paths: DemoPaths): Promise<void> {
  const now = new Date();
  for (const { name } of [DEMO_NODES.central, DEMO_NODES.rim]) {
    const withDatabase = name === DEMO_NODES.central.name;
    await setUpSimulatedNode({
      folder: paths.node(name),
      services: qlikServices({ withDatabase, startMs: START_MS, stopMs: STOP_MS }),
      readyMs: READY_MS,
      now,
    });
  }
  await writeCertificates(paths, now);
}

async function writeCertificates(paths: DemoPaths, now: Date): Promise<void> {
  const { central, rim } = DEMO_NODES;
  const notAfter = new Date(now.getTime() + VALID_MS);
  const authority = await createAuthority({ commonName: `${central.host}-CA`, years: 10, now });
  const client = await issue({ authority, commonName: 'QlikClient', role: 'Client', notAfter });
  const cluster = await issue({ authority, commonName: 'QlikServiceCluster', notAfter });
  for (const { name, host } of [central, rim]) {
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
