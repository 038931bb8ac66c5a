import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { ReadContext } from '../contract/action.ts';
import type { CertificateInfo } from '../contract/node.ts';
import { sameHost } from '../foundation/same-host.ts';
import { blockedBy, keyOf, ofSite } from './certificate-changes.ts';
import { commonName, hostOfSite, otherSites, type SiteCertificate } from './certificates.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { safetyFolder } from './safety.ts';

const DAY_MS = 86_400_000;

/** Which of the site's certificates are to be made anew. */
export const selectionInput = {
  /** `expiring`: those that expire within `days`; all of them when the certificate authority is among those. */
  which: z.enum(['all', 'expiring']).default('all'),
  days: z.int().min(0).default(30),
};

/** What is chosen. */
export interface Selection {
  readonly which: 'all' | 'expiring';
  readonly days: number;
  /** Host of the central node of a site that was restored to another one; empty: there is none. */
  readonly 'old-central'?: string;
}

/** Certificates of one node, parted. */
export interface Selected {
  /** To be removed; the authority comes last: with it the others still tell whose they are. */
  readonly chosen: readonly SiteCertificate[];
  /** Of the site too, and left. */
  readonly left: readonly SiteCertificate[];
  /** Why one of `chosen` may not be removed. */
  readonly blocked: readonly string[];
  readonly others: readonly CertificateInfo[];
}

type Where = Pick<ReadContext, 'node' | 'nodes'>;

/**
 * Parts the certificates of a node. The Repository Service makes new ones only of what is not there, and signs with the
 * authority that it finds; the client certificate is always among those that go (manual 6.1 step 2, p. 219).
 */
export function selectCertificates(
  all: readonly CertificateInfo[],
  { which, days, 'old-central': oldCentral }: Selection,
  where: Where,
  now: Date,
): Selected {
  const own = certificatesOf(all, where, oldCentral);
  const soon = own.filter(({ info }) => Date.parse(info.notAfter) - now.getTime() <= days * DAY_MS);
  const everything = which === 'all' || soon.some(({ role }) => role === 'ca');
  const chosen = everything
    ? own
    : own.filter((one) => soon.includes(one) || (soon.length > 0 && one.role === 'client'));
  return {
    chosen: [...chosen.filter(({ role }) => role !== 'ca'), ...chosen.filter(({ role }) => role === 'ca')],
    left: own.filter((one) => !chosen.includes(one)),
    blocked: chosen.flatMap(blockedBy),
    others: otherSites(all, own),
  };
}

/**
 * The site's certificates in the stores of a node: the central node signs those of every node (manual 6.3, p. 227), and where
 * the site is being restored to another host name, the one that was (`oldCentral`) has signed them; where it was, also those of
 * the central node are in that one's name.
 */
export function certificatesOf(
  all: readonly CertificateInfo[],
  { node, nodes }: Where,
  oldCentral = '',
): SiteCertificate[] {
  const central = nodes.find(({ role }) => role === 'central') ?? node;
  const named = hostOfSite(all, central.host, node.host);
  const hosts = oldCentral === '' ? [named] : centralHosts({ node, nodes }, oldCentral);
  const servers = node.name === central.name ? [node.host, named] : [node.host];
  const own = hosts.flatMap((host) => servers.flatMap((server) => ofSite(all, host, server)));
  // The site file may name the node otherwise than its certificate does, and any that is left keeps the node from waiting.
  if (oldCentral !== '') own.push(...hosts.flatMap((host) => serversSignedBy(all, host)));
  return [...new Map(own.map((one) => [keyOf(one.info), one])).values()];
}

function serversSignedBy(all: readonly CertificateInfo[], host: string): SiteCertificate[] {
  return all
    .filter(({ store, qlikRole, issuer }) => {
      const signer = /^(.*)-CA$/i.exec(commonName(issuer))?.[1];
      const isServer = store === 'LocalMachine/My' && qlikRole === 'Server';
      return isServer && signer !== undefined && sameHost(signer, host);
    })
    .map((info) => ({ role: 'server', info }));
}

/** Hosts whose authority may have signed the certificates of a node; the central node's first. */
export function centralHosts({ node, nodes }: Where, oldCentral = ''): string[] {
  const { host } = nodes.find(({ role }) => role === 'central') ?? node;
  return [host, ...(oldCentral === '' || sameHost(oldCentral, host) ? [] : [oldCentral])];
}

/**
 * Where a run keeps the certificates that it takes from a node. A restore keeps those of the central node in `certificates`
 * itself, which its step removes as a whole.
 */
export function takenFolder(
  c: Pick<ActionCollaborators, 'stateFolder'>,
  { run, node }: Pick<ReadContext, 'run' | 'node'>,
  oldCentral = '',
): string {
  return safetyFolder(c, { run }, oldCentral === '' ? 'certificates' : 'certificates-removed', node.name);
}

/** Thumbprints of the certificates that this run has taken from a node, by the files that it kept. */
export async function takenThumbprints(
  c: Pick<ActionCollaborators, 'stateFolder'>,
  context: Pick<ReadContext, 'run' | 'node'>,
): Promise<string[]> {
  let names: string[];
  try {
    names = await fs.readdir(takenFolder(c, context));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names.flatMap((name) => /_([0-9A-F]{40})$/i.exec(path.parse(name).name)?.[1]?.toUpperCase() ?? []);
}
