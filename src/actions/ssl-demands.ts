import type { ReadContext } from '../contract/action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { readPlacesOf, sslPlacesOn } from './ssl-places.ts';
import { LOOK_AT_SSL, readSslState, type SslState } from './ssl-state.ts';
import type { Look } from './check-action.ts';
import type { Operation } from '../contract/operation.ts';

/** Everything that was seen of SSL between a site and its database. */
export interface SslSight {
  readonly state: SslState;
  /** What keeps setup from finding the database, one plain sentence part each; empty: nothing. */
  readonly demands: readonly string[];
  /** Files of nodes that ask for SSL. */
  readonly asking: readonly string[];
  /** Files of nodes that nobody but a person can look into. */
  readonly hidden: readonly string[];
}

/** Every look of it. */
export function sslLooks(
  { site }: Pick<ActionCollaborators, 'site'>,
  { nodes }: Pick<ReadContext, 'nodes'>,
): Operation[] {
  const reads = nodes.map((node) => readPlacesOf(site, node));
  return [LOOK_AT_SSL, ...new Map(reads.map((read) => [read.path, read])).values()];
}

/** Looks at the server and at the files of every node. @throws ExpectedError when the server does not answer */
export async function seeSsl(
  c: Pick<ActionCollaborators, 'site' | 'databaseAt'>,
  context: Pick<ReadContext, 'run' | 'nodes'>,
  look: Look,
): Promise<SslSight> {
  const state = await look(LOOK_AT_SSL, () => readSslState(c, context));
  const asking: string[] = [];
  const hidden: string[] = [];
  for (const node of context.nodes) {
    const places = await look(readPlacesOf(c.site, node), () => sslPlacesOn(c.site, node));
    asking.push(...places.asking);
    hidden.push(...places.hidden);
  }
  return { state, asking, hidden, demands: state.secure ? demandsOf(state, asking) : [] };
}

function demandsOf({ plain, hostssl = [], sessions }: SslState, asking: readonly string[]): string[] {
  const encrypted = sessions?.ssl ?? 0;
  return [
    ...(plain ? [] : ['the server refuses connections without SSL']),
    ...(hostssl.length === 0 ? [] : [`pg_hba.conf has "hostssl" in line ${hostssl.join(', ')}`]),
    ...(encrypted === 0 ? [] : [`connections of the site that are encrypted: ${String(encrypted)}`]),
    ...asking,
  ];
}
