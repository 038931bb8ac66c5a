import type { CertificateInfo } from '../contract/node.ts';
import type { UsedCertificate } from '../postgres/used-certificates.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { realName, repositoryName } from './database-names.ts';
import { factOf } from './failure.ts';

/** How messages name a certificate by what it is used for. */
export const USE_NAMES: Readonly<Record<UsedCertificate['use'], string>> = {
  proxy: 'certificate of the proxy',
  encryption: 'certificate of the data encryption',
};

/** What a certificate that is not in the set costs whoever restores. */
export const USE_HINTS: Readonly<Record<UsedCertificate['use'], string>> = {
  proxy:
    'Keep a copy of it yourself: without it hub and QMC show the self-signed one after a restore (manual 6.1, p. 216).',
  encryption:
    'Keep a copy of it yourself: without it encrypted apps and QVD files cannot be opened (manual 6.7, p. 255).',
};

/** The certificates that the repository database names, or why it could not be asked. */
export async function usedCertificates(
  c: Pick<ActionCollaborators, 'site' | 'database'>,
): Promise<{ readonly used: readonly UsedCertificate[]; readonly trouble?: string }> {
  const repository = repositoryName(c.site.database.names);
  try {
    const name = realName(repository, await c.database.facts()) ?? repository;
    return { used: await c.database.usedCertificates(name) };
  } catch (error) {
    return { used: [], trouble: factOf(error) };
  }
}

/** Why a certificate that the site uses cannot be exported here; undefined when it may be tried. */
export function whyNot(info: CertificateInfo | undefined): string | undefined {
  if (info === undefined)
    return 'it is in no store that is read here (it may be of another node, or of another account)';
  if (!info.hasPrivateKey) return 'it has no private key here';
  if (info.keyState === 'not-exportable') return 'its private key is not marked as exportable';
  if (info.keyState === 'no-access') return 'this account may not use its private key';
  return undefined;
}
