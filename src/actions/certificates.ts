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

/** Roles that a node cannot do without, with what the extension says. */
const NEEDED = ['ca', 'server', 'client'] as const;

/**
 * The host in whose name the site's certificates are made: `host`; or, where there is no authority of that name, the one host
 * of which all are here with their keys. A site that was restored to another host name keeps the certificates of the old one
 * (manual 5.7, p. 212): the passwords of its data connections hang on them.
 */
export function hostOfSite(all: readonly CertificateInfo[], host: string, server: string = host): string {
  const named = all.flatMap((info) => (info.qlikRole === EXTENSION_OF.ca ? (authorityHost(info) ?? []) : []));
  if (all.some((info) => isAuthority(info, host))) return host;
  const whole = [...new Set(named)].filter((other) => {
    const theirs = siteCertificates(all, other, [], server === host ? other : server);
    return NEEDED.every((role) =>
      theirs.some(
        (one) =>
          one.role === role &&
          one.info.qlikRole === EXTENSION_OF[role] &&
          (role === 'ca' || one.info.hasPrivateKey),
      ),
    );
  });
  return whole.length === 1 ? (whole[0] ?? host) : host;
}

/** The certificates that a site works with, also under the name of the host that it was restored from; see `siteCertificates`. */
export function ownCertificates(
  all: readonly CertificateInfo[],
  host: string,
  include: readonly string[],
  server: string = host,
): SiteCertificate[] {
  const named = hostOfSite(all, host, server);
  const found = siteCertificates(all, named, include, server);
  if (sameHost(named, host) || server !== host) return found;
  // Of the central node: one that was made for the new name since, else that of the old one.
  const old = siteCertificates(all, named, [], named).filter(({ role }) => role === 'server');
  return found.some(({ role }) => role === 'server') ? found : [...found, ...old];
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
  const named = authorityHost(info);
  return named !== undefined && sameHost(named, host);
}

/** The host that an authority is made for: `qs1.example` of `CN=qs1.example-CA`. */
function authorityHost({ store, subject }: CertificateInfo): string | undefined {
  return store === 'LocalMachine/Root' ? /^(.*)-CA$/i.exec(commonName(subject))?.[1] : undefined;
}
