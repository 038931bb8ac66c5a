import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, issue } from '../../src/platform/certificates/issue.ts';
import { addToStore } from '../../src/platform/simulated/certificates.ts';

const VALID_MS = 365 * 86_400_000;

/** Gives a simulated central node other certificates than it has, as a new installation makes them for `host`. */
export async function replaceCertificates(node: string, host: string): Promise<void> {
  await rm(join(node, 'certificates'), { recursive: true, force: true });
  const authority = await createAuthority({ commonName: `${host}-CA`, years: 10 });
  const notAfter = new Date(Date.now() + VALID_MS);
  const given = { authority, notAfter };
  await addToStore(node, 'LocalMachine/Root', authority);
  const server = await issue({ ...given, commonName: host, role: 'Server', hosts: [host] });
  await addToStore(node, 'LocalMachine/My', server);
  await addToStore(node, 'LocalMachine/My', await issue({ ...given, commonName: 'QlikServiceCluster' }));
  await addToStore(
    node,
    'CurrentUser/My',
    await issue({ ...given, commonName: 'QlikClient', role: 'Client' }),
  );
}
