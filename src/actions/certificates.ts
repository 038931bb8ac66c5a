import type { CertificateInfo } from '../contract/node.ts';
import { sameHost } from './check-topology.ts';

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

/**
 * The certificates of the site among those in the stores: by store, name and issuer, since several certificates may
 * carry Qlik's extension and leftovers of another site must not be taken for this one's.
 */
export function siteCertificates(
  all: readonly CertificateInfo[],
  host: string,
  include: readonly string[],
): SiteCertificate[] {
  const found: SiteCertificate[] = [];
  const authorities = all.filter((info) => isAuthority(info, host));
  const issuers = new Set(authorities.map((info) => info.subject));
  for (const info of authorities) found.push({ role: 'ca', info });
  for (const info of all) {
    if (!issuers.has(info.issuer) || info.subject === info.issuer) continue;
    const name = commonName(info.subject);
    if (info.store === 'CurrentUser/My' && name === 'QlikClient') found.push({ role: 'client', info });
    if (info.store !== 'LocalMachine/My') continue;
    if (name === 'QlikServiceCluster') found.push({ role: 'service-cluster', info });
    else if (sameHost(name, host)) found.push({ role: 'server', info });
  }
  const taken = new Set(found.map(({ info }) => info.thumbprint));
  for (const info of all) {
    if (include.includes(info.thumbprint.toUpperCase()) && !taken.has(info.thumbprint)) {
      found.push({ role: 'included', info });
    }
  }
  return found;
}

/** `CN` of a distinguished name, or all of it. */
export function commonName(name: string): string {
  return /(?:^|,\s*)CN=([^,]+)/i.exec(name)?.[1]?.trim() ?? name;
}

/** `<server>-CA`, issued by itself, in the machine's trusted roots. */
function isAuthority(info: CertificateInfo, host: string): boolean {
  if (info.store !== 'LocalMachine/Root' || info.subject !== info.issuer) return false;
  const match = /^(.*)-CA$/i.exec(commonName(info.subject));
  return match?.[1] !== undefined && sameHost(match[1], host);
}
