import type { CertificateInfo } from '../contract/node.ts';
import type { CertificateOperation } from '../contract/operation.ts';
import { sameHost } from '../foundation/same-host.ts';

/** A look at all of them. */
export const LIST_CERTIFICATES: CertificateOperation = {
  kind: 'certificate',
  verb: 'list',
  store: 'all stores of this node',
  effect: 'read',
};

/** The four certificates of a site (manual 5.4, p. 189). */
export const CERTIFICATE_ROLES = ['ca', 'server', 'client', 'service-cluster'] as const;

export type CertificateRole = (typeof CERTIFICATE_ROLES)[number];

/** How people and messages name them. */
export const ROLE_NAMES: Readonly<Record<CertificateRole | 'included', string>> = {
  ca: 'certificate authority',
  server: 'server certificate',
  client: 'client certificate (QlikClient)',
  'service-cluster': 'QlikServiceCluster certificate',
  included: 'further certificate',
};

/** A certificate with what it is to the site; `included`: named in site.yaml. */
export interface SiteCertificate {
  readonly role: CertificateRole | 'included';
  readonly info: CertificateInfo;
}

/** What Qlik's extension says in them (manual 6.3, p. 229). The manual does not name the QlikServiceCluster certificate. */
export const EXTENSION_OF: Readonly<Partial<Record<SiteCertificate['role'], string>>> = {
  ca: 'Root',
  server: 'Server',
  client: 'Client',
};

/**
 * The certificates of the site among those in the stores: by store, name and issuer, since several certificates may
 * carry Qlik's extension and leftovers of another site must not be taken for this one's. One without the extension
 * is of the site only when none of that role has it. `server` is the host of the node itself where that is not the one
 * whose authority signs: a rim node has the certificates that the central node gave it.
 */
export function siteCertificates(
  all: readonly CertificateInfo[],
  host: string,
  include: readonly string[],
  server: string = host,
): SiteCertificate[] {
  const named: SiteCertificate[] = [];
  const authorities = all.filter((info) => isAuthority(info, host));
  const issuers = new Set(authorities.map((info) => info.subject));
  for (const info of authorities) named.push({ role: 'ca', info });
  for (const info of all) {
    if (!issuers.has(info.issuer) || issuers.has(info.subject)) continue;
    const name = commonName(info.subject);
    if (info.store === 'CurrentUser/My' && name === 'QlikClient') named.push({ role: 'client', info });
    if (info.store !== 'LocalMachine/My') continue;
    if (name === 'QlikServiceCluster') named.push({ role: 'service-cluster', info });
    else if (sameHost(name, server)) named.push({ role: 'server', info });
  }
  const marked = new Set(named.filter(({ info }) => info.qlikRole !== undefined).map(({ role }) => role));
  const found = named.filter(({ role, info }) => info.qlikRole !== undefined || !marked.has(role));
  const taken = new Set(found.map(({ info }) => info.thumbprint));
  // The same certificate may lie in several stores: the one with the key counts.
  const keysFirst = [...all].sort((a, b) => Number(b.hasPrivateKey) - Number(a.hasPrivateKey));
  for (const info of keysFirst) {
    if (include.includes(info.thumbprint.toUpperCase()) && !taken.has(info.thumbprint)) {
      found.push({ role: 'included', info });
      taken.add(info.thumbprint);
    }
  }
  return found;
}

/** Certificates with Qlik's extension whose issuer is the `*-CA` of another server: those of a second site. */
export function otherSites(
  all: readonly CertificateInfo[],
  own: readonly SiteCertificate[],
): CertificateInfo[] {
  const ours = new Set(own.map(({ info }) => info.thumbprint));
  const issuers = new Set(own.filter(({ role }) => role === 'ca').map(({ info }) => info.subject));
  return all.filter(
    (info) =>
      info.qlikRole !== undefined &&
      !ours.has(info.thumbprint) &&
      !issuers.has(info.issuer) &&
      /-CA$/i.test(commonName(info.issuer)),
  );
}

/** `CN` of a distinguished name, or all of it. */
export function commonName(name: string): string {
  return /(?:^|,\s*)CN=([^,]+)/i.exec(name)?.[1]?.trim() ?? name;
}

/** `<server>-CA` in the machine's trusted roots. */
function isAuthority(info: CertificateInfo, host: string): boolean {
  if (info.store !== 'LocalMachine/Root') return false;
  const match = /^(.*)-CA$/i.exec(commonName(info.subject));
  return match?.[1] !== undefined && sameHost(match[1], host);
}
