import type { CertificateReader, Node, ServiceManager } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { createAuthority, issue, type IssuedCertificate } from '../certificates/issue.ts';
import { addToStore, readStoredKeys } from './certificates.ts';

const REPOSITORY = 'qliksenserepositoryservice';
const YEARS = 10;

interface Options extends Pick<Node, 'host' | 'role'> {
  readonly folder: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly certificates: CertificateReader;
}

/**
 * The services of a simulated central node, whose Repository Service makes the certificates that it does not find when it
 * starts, as the real one does: signed by the authority that is there, or by a new one (manual 6.1 step 4, p. 220).
 */
export function withNewCertificates(services: ServiceManager, options: Options): ServiceManager {
  return {
    ...services,
    async start(name, wait) {
      if (options.role === 'central' && name.toLowerCase() === REPOSITORY) await makeMissing(options);
      await services.start(name, wait);
    },
  };
}

/** Those of another host count too: a restore brings them, and the bootstrap goes on with them. */
async function makeMissing({ folder, host, clock, certificates }: Options): Promise<void> {
  const all = await certificates.list();
  const subjects = (store: string): string[] =>
    all.filter((info) => info.store === store).map(({ subject }) => subject);
  const now = clock.now();
  const found = subjects('LocalMachine/Root').find((subject) => subject.endsWith('-CA'));
  const authority =
    found === undefined
      ? await createAuthority({ commonName: `${host}-CA`, years: YEARS, now })
      : await readStoredKeys(folder, 'LocalMachine/Root', found);
  // One whose key is elsewhere signs nothing.
  if (authority === undefined) return;
  if (found === undefined) await addToStore(folder, 'LocalMachine/Root', authority);
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + YEARS);
  const make = (commonName: string, more: object): Promise<IssuedCertificate> =>
    issue({ authority, commonName, notAfter, ...more });
  if (!all.some(({ store, qlikRole }) => store === 'LocalMachine/My' && qlikRole === 'Server'))
    await addToStore(folder, 'LocalMachine/My', await make(host, { role: 'Server', hosts: [host] }));
  if (!subjects('CurrentUser/My').includes('CN=QlikClient'))
    await addToStore(folder, 'CurrentUser/My', await make('QlikClient', { role: 'Client' }));
  if (!subjects('LocalMachine/My').includes('CN=QlikServiceCluster'))
    await addToStore(folder, 'LocalMachine/My', await make('QlikServiceCluster', {}));
}
