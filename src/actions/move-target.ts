import * as z from 'zod';
import type { ReadContext } from '../contract/action.ts';
import { UsageError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import { readIdentity, type ServerIdentity } from '../postgres/server-identity.ts';
import type { ActionCollaborators, RepositoryDatabase } from './collaborators.ts';
import { withDatabase } from './with-database.ts';

/** Where the server is that the databases are moved to. */
export const targetInput = {
  /** Empty: on the machine of the site's own server. */
  host: z.string().default(''),
  port: z.union([z.int(), z.string()]),
};

/** Input of a step that asks the new server. */
export interface TargetInput {
  readonly host: string;
  readonly port: string | number;
}

type Collaborators = Pick<ActionCollaborators, 'site' | 'databaseAt'>;

/** Host and port of the new server. @throws UsageError for what is no port */
export function targetPlace(
  { site }: Pick<ActionCollaborators, 'site'>,
  { host, port }: TargetInput,
): { readonly host: string; readonly port: number } {
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw new UsageError(`${String(port)} is no port of the new server`, {
      hint: 'Give the port it listens on now: --set newPort=5433',
    });
  return { host: host === '' ? site.database.host : host, port: number };
}

/** The new server. */
export function targetDatabase(c: Collaborators, given: TargetInput): RepositoryDatabase {
  return c.databaseAt(targetPlace(c, given));
}

/** What a server says of itself. @throws ExpectedError when it does not answer */
export function identityOf(
  database: RepositoryDatabase,
  context: Pick<ReadContext, 'run'>,
): Promise<ServerIdentity> {
  return withDatabase({ database }, 'postgres', context, readIdentity);
}

/** The node that the site's server is on; undefined when it is none of the site. */
export function databaseNode(
  { site }: Pick<ActionCollaborators, 'site'>,
  { nodes }: Pick<ReadContext, 'nodes'>,
): ReadableNode | undefined {
  return nodes.find(({ name }) => name === site.database.node);
}
