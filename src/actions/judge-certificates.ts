import { X509Certificate } from 'node:crypto';
import { basename } from 'node:path';
import { ExpectedError, messageOf } from '../contract/errors.ts';
import { chainProblems } from '../platform/certificates/chain.ts';
import { PfxPasswordError, type PfxContents } from '../platform/certificates/pfx.ts';
import type { CertificateEntry } from './certificate-index.ts';
import { CERTIFICATE_ROLES, ROLE_NAMES } from './certificates.ts';

const WARN_DAYS = 30;
const DAY_MS = 86_400_000;

/** What is wrong with the certificates of a set, and what will be soon. */
export interface CertificateFindings {
  readonly differences: readonly string[];
  readonly warnings: readonly string[];
  /** There is nothing else wrong than that the password does not open them. */
  readonly wrongPassword: boolean;
}

/**
 * Looks at every certificate file of a set: it opens, holds the certificate that the list names with the key that fits,
 * the chain leads to its root, nothing in it has expired, and the four of the site are there.
 * `open` throws an ExpectedError when password or file is wrong.
 */
export async function judgeCertificates(
  entries: readonly CertificateEntry[],
  open: (file: string) => Promise<PfxContents>,
  now: Date,
): Promise<CertificateFindings> {
  const differences = CERTIFICATE_ROLES.filter((role) => !entries.some((entry) => entry.role === role)).map(
    (role) => `certificates: the ${ROLE_NAMES[role]} is not in the set`,
  );
  const warnings: string[] = [];
  let refused = 0;
  const opened: { readonly entry: CertificateEntry; readonly contents: PfxContents }[] = [];
  for (const entry of entries) {
    try {
      opened.push({ entry, contents: await open(entry.file) });
    } catch (error) {
      if (!isFact(error)) throw error;
      listFor(entry).push(saidOf(entry.file, messageOf(error)));
      if (error instanceof PfxPasswordError && entry.use === undefined) refused += 1;
    }
  }
  const pool = opened.flatMap(({ contents }) =>
    contents.certificates.map(({ pem }) => new X509Certificate(pem)),
  );
  for (const { entry, contents } of opened) {
    const held = contents.certificates.find(({ thumbprint }) => thumbprint === entry.thumbprint);
    const name = `${entry.file} (${ROLE_NAMES[entry.role]})`;
    if (held === undefined) {
      const other = contents.certificates.map(({ subject }) => subject).join('; ');
      listFor(entry).push(
        `${name}: holds another certificate than the one with thumbprint ${entry.thumbprint}: ${other}`,
      );
      continue;
    }
    if (held.keyPem === undefined)
      listFor(entry).push(`${name}: has no private key that fits the certificate`);
    const problems = chainProblems(new X509Certificate(held.pem), pool, now);
    listFor(entry).push(...problems.map(({ message }) => `${name}: ${message}`));
    const days = Math.floor((Date.parse(entry.notAfter) - now.getTime()) / DAY_MS);
    if (problems.length === 0 && days <= WARN_DAYS)
      warnings.push(`${name} expires in ${String(days)} days, on ${entry.notAfter.slice(0, 10)}`);
  }
  return { differences, warnings, wrongPassword: refused > 0 && refused === differences.length };

  /**
   * Of the customer's own only a warning: the site runs without it, and one of data encryption does its work when it
   * has expired too (manual 6.7, p. 255).
   */
  function listFor({ use }: CertificateEntry): string[] {
    return use === undefined ? differences : warnings;
  }
}

/** What is wrong with a file, which is named once and as the set has it: the error may name it by its whole path. */
function saidOf(file: string, message: string): string {
  const name = basename(file);
  const at = message.indexOf(name);
  return at === -1 ? `${file}: ${message}` : `${file}${message.slice(at + name.length)}`;
}

/** About the file; anything else is a bug of ours. */
function isFact(error: unknown): boolean {
  return error instanceof ExpectedError || (error instanceof Error && 'code' in error);
}
