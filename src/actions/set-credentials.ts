import { VerificationError } from '../contract/errors.ts';
import type { RepositoryCredentials } from '../contract/node.ts';
import type { FileOperation } from '../contract/operation.ts';
import { CERTIFICATE_INDEX, readCertificateIndex } from './certificate-index.ts';
import type { ActionCollaborators } from './collaborators.ts';
import type { SetPlace } from './set-place.ts';
import { inSet } from './set-paths.ts';

/** The look at the certificates of a set. */
export function openCredentials(place: Pick<SetPlace, 'root'>, set: string): FileOperation {
  return { kind: 'file', verb: 'read', path: inSet(place, set, 'certificates'), effect: 'read' };
}

/** The client certificate of a set with its key, and its root: with them the repository API is asked. @throws VerificationError */
export async function setCredentials(
  c: Pick<ActionCollaborators, 'site' | 'secrets' | 'openPfx'>,
  place: Pick<SetPlace, 'root'>,
  set: string,
): Promise<RepositoryCredentials> {
  const password = await c.secrets.read(c.site.certificates.password);
  const entries = await readCertificateIndex(inSet(place, set, CERTIFICATE_INDEX));
  const opened = async (role: 'client' | 'ca') =>
    Promise.all(
      entries
        .filter((entry) => entry.role === role)
        .map(async ({ file, thumbprint }) => {
          const { certificates } = await c.openPfx(inSet(place, set, file), password);
          return certificates.find((certificate) => certificate.thumbprint === thumbprint);
        }),
    );
  const roots = (await opened('ca')).flatMap((root) => (root === undefined ? [] : [root.pem]));
  const client = (await opened('client')).find((certificate) => certificate?.keyPem !== undefined);
  if (client?.keyPem === undefined || roots.length === 0)
    throw new VerificationError('the set has no client certificate with its key, or no root', {
      hint: 'Look at the step that exports the certificates.',
    });
  return { certificatePem: client.pem, keyPem: client.keyPem, rootsPem: roots };
}
