import { isIP } from 'node:net';
import type { ReadContext } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import { admit, type Admission, type HbaClient } from '../postgres/hba-rules.ts';
import { listensToOthers, readHba, type HbaState } from '../postgres/hba-server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { reachedFile } from './reached-file.ts';
import { withDatabase } from './with-database.ts';

/** Which nodes are to log in, and how. */
export interface AdmitRequest {
  /** Names of nodes of the site, host names, addresses or ranges; empty: every node of the site. */
  readonly nodes: readonly string[];
  readonly role: string;
}

/** What is there, and what is missing in it. */
export interface AdmitLook {
  readonly state: HbaState;
  readonly admission: Admission;
  /** Hosts without an address: nobody knows their line. */
  readonly unknown: readonly string[];
  /** pg_hba.conf as this machine reaches it; absent when it cannot, or when that is another file. */
  readonly reached?: string;
  /** The server takes connections of its own machine only. */
  readonly deaf: boolean;
}

/** Looks whom the database server admits, and what lines the nodes need. */
export async function lookWhoIsAdmitted(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'network'>,
  request: AdmitRequest,
  context: ReadContext,
): Promise<AdmitLook> {
  const { clients, unknown } = await clientsOf(c, request);
  const state = await withDatabase(c, 'postgres', context, (client) => readHba(client, request.role));
  const admission = admit(state.rules, clients, {
    role: request.role,
    databases: c.site.database.names,
    ssl: c.site.database.ssl === true,
    method: state.method,
  });
  const own = ({ address }: HbaClient): boolean => address.startsWith('127.') || address === '::1';
  const reached = await reach(state, admission, databaseNode(c, context));
  return {
    state,
    admission,
    unknown,
    ...(reached === undefined ? {} : { reached }),
    deaf: clients.some((client) => !own(client)) && !listensToOthers(state.listen),
  };
}

/** The node that the database runs on; that of the step where it is none of the site. */
export function databaseNode(
  { site }: Pick<ActionCollaborators, 'site'>,
  { node, nodes }: Pick<ReadContext, 'node' | 'nodes'>,
): ReadableNode {
  return nodes.find(({ name }) => name === site.database.node) ?? node;
}

async function clientsOf(
  { site, network }: Pick<ActionCollaborators, 'site' | 'network'>,
  { nodes }: AdmitRequest,
): Promise<{ readonly clients: readonly HbaClient[]; readonly unknown: readonly string[] }> {
  const named = nodes.length === 0 ? site.nodes.map(({ name }) => name) : nodes;
  const clients: HbaClient[] = [];
  const unknown: string[] = [];
  for (const name of named) {
    const host = site.nodes.find((node) => node.name === name)?.host ?? name;
    const range = isIP(host.split('/')[0] ?? '') !== 0;
    const addresses = range ? [host] : await network.addresses(host);
    if (addresses.length === 0) unknown.push(host);
    // A link-local address has a meaning on one machine only.
    clients.push(
      ...addresses.filter((address) => !address.includes('%')).map((address) => ({ host, address })),
    );
  }
  return { clients, unknown };
}

/** Where the rules are reached; nowhere when the rule to be put first stands in another file. */
export async function reach(
  state: Pick<HbaState, 'file' | 'text'>,
  { before }: Admission,
  node: Pick<ReadableNode, 'reach'>,
): Promise<string | undefined> {
  if (before?.file !== undefined && before.file !== state.file) return undefined;
  return reachedFile(state, node);
}
