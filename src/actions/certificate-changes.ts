import type { CertificateInfo, CertificateStoreName } from '../contract/node.ts';
import { sameHost } from '../foundation/same-host.ts';
import type { CertificateEntry } from './certificate-index.ts';
import {
  commonName,
  otherSites,
  ROLE_NAMES,
  siteCertificates,
  type SiteCertificate,
} from './certificates.ts';
import { hostOfCertificates } from './set-certificates.ts';

/** What a restore of certificates does to the stores. */
export interface CertificateChanges {
  /** Of this site and not in the set: a fresh installation's, an earlier one's, duplicates. In the order of removal. */
  readonly replaced: readonly SiteCertificate[];
  /** Of the set, not in their stores with their keys. The certificate authority comes first. */
  readonly missing: readonly CertificateEntry[];
  /** Those of `missing` that are in their stores, but without a private key. */
  readonly keyless: readonly CertificateEntry[];
  /** Of the set, in their stores already: they stay untouched. */
  readonly present: readonly CertificateEntry[];
  /** Why something that would have to be removed may not be: its key would be lost for good. */
  readonly blocked: readonly string[];
  /** With Qlik's extension, of another site; they stay. */
  readonly others: readonly CertificateInfo[];
}

/**
 * Compares the stores with the certificates of a set. What is of this site is told by role, name and issuer, for the host of
 * the node and for that of the set; each role may be there only once, for of several client or server certificates the
 * Repository Service deletes all when it starts, and with several roots it shuts down (manual 6.3, p. 228-229).
 */
export function certificateChanges(
  all: readonly CertificateInfo[],
  entries: readonly CertificateEntry[],
  host: string,
): CertificateChanges {
  const hosts = [host, hostOfCertificates(entries) ?? host];
  const own = hosts.flatMap((name) => ofSite(all, name));
  const wanted = new Set(entries.map(keyOf));
  const there = new Map(all.map((info) => [keyOf(info), info]));
  const isPresent = (entry: CertificateEntry): boolean => there.get(keyOf(entry))?.hasPrivateKey === true;
  const replaced = new Map<string, SiteCertificate>();
  for (const one of own) {
    // One of the set without its key has none to lose, and is put there again with it by the import.
    if (!wanted.has(keyOf(one.info))) replaced.set(keyOf(one.info), one);
  }
  const gone = [...replaced.values()];
  const missing = entries.filter((entry) => !isPresent(entry));
  return {
    // The authority last: with it the others still tell whose they are.
    replaced: [...gone.filter(({ role }) => role !== 'ca'), ...gone.filter(({ role }) => role === 'ca')],
    missing: [...missing.filter(({ role }) => role === 'ca'), ...missing.filter(({ role }) => role !== 'ca')],
    keyless: missing.filter((entry) => there.has(keyOf(entry))),
    present: entries.filter(isPresent),
    blocked: gone.flatMap(blockedBy),
    others: otherSites(
      all.filter((info) => !wanted.has(keyOf(info))),
      own,
    ),
  };
}

/**
 * Those of a site, also when their authority is gone: removed by hand, or by an attempt that was cut off. `host` is that of
 * the central node, `server` that of the node whose stores these are.
 */
export function ofSite(
  all: readonly CertificateInfo[],
  host: string,
  server: string = host,
): SiteCertificate[] {
  const issuers = new Set(all.map(({ issuer }) => issuer));
  const absent = [...issuers].flatMap((issuer): CertificateInfo[] => {
    const named = /^(.*)-CA$/i.exec(commonName(issuer))?.[1];
    if (named === undefined || !sameHost(named, host)) return [];
    const validity = { notBefore: '', notAfter: '', hasPrivateKey: false };
    return [
      { store: 'LocalMachine/Root', thumbprint: '', subject: issuer, issuer, qlikRole: 'Root', ...validity },
    ];
  });
  return siteCertificates([...all, ...absent], host, [], server).filter(({ info }) => info.thumbprint !== '');
}

/** Why the certificates of a set do not belong on this host; undefined when they do. */
export function otherHost(entries: readonly CertificateEntry[], host: string): string | undefined {
  const named = hostOfCertificates(entries);
  if (named !== undefined && sameHost(named, host)) return undefined;
  return `The certificates of the set are those of ${named ?? 'a host that they do not name'}, and this is ${host}.`;
}

/** Store and thumbprint in one text. */
export function keyOf({ store, thumbprint }: { store: CertificateStoreName; thumbprint: string }): string {
  return `${store} ${thumbprint.toUpperCase()}`;
}

/** Why one may not be removed: its key could not be kept. */
export function blockedBy({ role, info }: SiteCertificate): string[] {
  if (!info.hasPrivateKey || info.keyState === undefined || info.keyState === 'exportable') return [];
  const why =
    info.keyState === 'no-access'
      ? 'this account may not use its private key'
      : 'its private key is not marked as exportable';
  return [
    `The ${ROLE_NAMES[role]} ${commonName(info.subject)} in ${info.store} (${info.thumbprint}) is in the way and cannot be exported: ${why}.`,
  ];
}

/** What to do about it. */
export const BLOCKED_HINT =
  'Nothing was removed. Run this as the account that runs the Qlik Sense services; when that is so and nothing needs this certificate any more, remove it by hand in the Certificates snap-in (its key is lost then), and restore again (manual 5.5, p. 198; 6.3, p. 228).';
