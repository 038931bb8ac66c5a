import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { ExpectedError, VerificationError } from '../contract/errors.ts';
import { chainProblems } from '../platform/certificates/chain.ts';
import type { PfxCertificate } from '../platform/certificates/pfx.ts';
import { fileSize } from '../vault/file-size.ts';
import { CERTIFICATE_INDEX, certificateEntries, readCertificateIndex } from './certificate-index.ts';
import type { CertificateEntry } from './certificate-index.ts';
import { CERTIFICATE_ROLES, commonName, ROLE_NAMES } from './certificates.ts';
import type { ActionCollaborators } from './collaborators.ts';
import type { SetPlace } from './set-place.ts';
import { setFile } from './set-file.ts';
import { inSet } from './set-paths.ts';
import { USE_HINTS } from './used-certificates.ts';

const manifestFacts = z.object({ certificates: certificateEntries });

/**
 * The certificates of a complete set: from the list beside them, or from the manifest while the set is not fetched yet.
 * @throws VerificationError when the list is damaged or one of the four of a site is not in it
 */
export async function readSetCertificates(
  place: Pick<SetPlace, 'root' | 'read'>,
  set: string,
): Promise<CertificateEntry[]> {
  const index = inSet(place, set, CERTIFICATE_INDEX);
  const entries = await ((await fileSize(index)) === undefined
    ? fromManifest(place, set)
    : readCertificateIndex(index));
  const missing = CERTIFICATE_ROLES.filter((role) => !entries.some((entry) => entry.role === role));
  if (missing.length > 0)
    throw new VerificationError(
      `The backup set ${set} lacks: ${missing.map((role) => ROLE_NAMES[role]).join(', ')}.`,
      {
        hint: 'Choose another set (sense-runbook backups), or restore of this one what it has: --only databases, then --only share.',
      },
    );
  return entries;
}

async function fromManifest(place: Pick<SetPlace, 'read'>, set: string): Promise<CertificateEntry[]> {
  const parsed = manifestFacts.safeParse(await place.read(set));
  if (parsed.success) return parsed.data.certificates;
  throw new VerificationError(`The manifest of backup set ${set} does not list its certificates.`, {
    hint: 'Only sets of the backup runbook can be restored.',
    cause: parsed.error,
  });
}

/** Host name that the certificates of a set are made for: that of its `<server>-CA`. */
export function hostOfCertificates(entries: readonly CertificateEntry[]): string | undefined {
  const authority = entries.find(({ role }) => role === 'ca');
  return authority === undefined ? undefined : /^(.*)-CA$/i.exec(commonName(authority.subject))?.[1];
}

/** A certificate of the set that could be opened. */
export interface OpenedCertificate {
  readonly entry: CertificateEntry;
  /** Absolute path. */
  readonly file: string;
}

/** What is wrong with a certificate and does not keep it from being imported. */
export interface CertificateWarning {
  readonly message: string;
  readonly hint: string;
}

/**
 * Opens every certificate file of a set with the password of the site file. The customer's own that a proxy or the data
 * encryption uses is left out with a warning when it does not open; an expired one is a warning, for the passwords of data
 * connections need it all the same.
 * @throws VerificationError when one of the others does not open, or holds another certificate or no key
 */
export async function openSetCertificates(
  c: Pick<ActionCollaborators, 'site' | 'secrets' | 'clock' | 'openPfx'>,
  place: Pick<SetPlace, 'root'>,
  set: string,
  entries: readonly CertificateEntry[],
): Promise<{ readonly opened: OpenedCertificate[]; readonly warnings: CertificateWarning[] }> {
  const password = await c.secrets.read(c.site.certificates.password);
  const found: (OpenedCertificate & { readonly held: PfxCertificate })[] = [];
  const warnings: CertificateWarning[] = [];
  for (const entry of entries) {
    try {
      const file = await setFile(place, set, entry.file);
      const what = { file, shown: entry.file, thumbprint: entry.thumbprint };
      found.push({ entry, file, held: await openCertificate(c, what, password) });
    } catch (error) {
      if (entry.use === undefined || !(error instanceof ExpectedError)) throw error;
      warnings.push({ message: `Not restored: ${error.message}`, hint: USE_HINTS[entry.use] });
    }
  }
  const pool = found.map(({ held }) => new X509Certificate(held.pem));
  const now = c.clock.now();
  for (const [index, { entry }] of found.entries()) {
    const own = pool[index];
    if (own === undefined || entry.role === 'included') continue;
    for (const { message } of chainProblems(own, pool, now))
      warnings.push({
        message: `${entry.file} (${ROLE_NAMES[entry.role]}): ${message}`,
        hint: 'The Repository Service takes it for invalid. Restore, then renew the certificates (manual 6.1, p. 219; 6.3, p. 229).',
      });
  }
  return { opened: found.map(({ entry, file }) => ({ entry, file })), warnings };
}

/**
 * The certificate of a PKCS #12 file, with its key. `shown` is how messages name the file.
 * @throws VerificationError when the password is wrong, or the file holds another certificate or no key
 */
export async function openCertificate(
  c: Pick<ActionCollaborators, 'openPfx'>,
  what: { readonly file: string; readonly shown: string; readonly thumbprint: string },
  password: string,
): Promise<PfxCertificate> {
  const { certificates } = await c.openPfx(what.file, password);
  const held = certificates.find(({ thumbprint }) => thumbprint === what.thumbprint.toUpperCase());
  if (held?.keyPem !== undefined) return held;
  throw new VerificationError(
    `${what.shown} does not hold the certificate ${what.thumbprint} with its private key.`,
    {
      hint: 'Run the backup as the account that runs the Qlik Sense services, and mark the keys as exportable.',
    },
  );
}
