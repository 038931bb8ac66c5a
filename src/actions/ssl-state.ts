import type { ReadContext } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import { PreflightError } from '../contract/errors.ts';
import { readRules, RULES } from '../postgres/hba-server.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { sqlLook } from './sql-operation.ts';

type Collaborators = Pick<ActionCollaborators, 'site' | 'databaseAt'>;

const SESSIONS = `
  select (count(*) filter (where s.ssl))::int as ssl, (count(*) filter (where not s.ssl))::int as plain,
         (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as told
    from pg_catalog.pg_stat_ssl s join pg_catalog.pg_stat_activity a using (pid)
   where a.datname = any ($1) and a.client_addr is not null and a.application_name not like 'sense-runbook%'`;

/** How the server is asked. */
export const LOOK_AT_SSL = sqlLook('postgres', [RULES, SESSIONS], {
  note: '$1: the databases of the site; two connections are tried, with SSL and without',
  repeat: true,
});

/** What the database server does about SSL. */
export interface SslState {
  /** It takes connections that are encrypted. */
  readonly secure: boolean;
  /** It takes others, too: setup knows no other (manual 3.3, p. 168-169). */
  readonly plain: boolean;
  /** Lines of pg_hba.conf that ask for SSL; absent: it does not tell this user. */
  readonly hostssl?: readonly number[];
  /** Connections to the databases of the site over the network; absent: it does not tell this user. */
  readonly sessions?: { readonly ssl: number; readonly plain: number };
}

/** Looks, by a connection of each kind. @throws ExpectedError when neither can be had */
export async function readSslState(c: Collaborators, context: Pick<ReadContext, 'run'>): Promise<SslState> {
  const [secure, plain] = [await open(c, true, context), await open(c, false, context)];
  const client = secure.client ?? plain.client;
  try {
    if (client === undefined) throw new PreflightError(plain.trouble ?? 'the database does not answer');
    const hostssl = await hostsslLines(client);
    const sessions = await countSessions(client, c.site.database.names);
    return {
      secure: secure.client !== undefined,
      plain: plain.client !== undefined,
      ...(hostssl === undefined ? {} : { hostssl }),
      ...(sessions === undefined ? {} : { sessions }),
    };
  } finally {
    await secure.client?.close();
    await plain.client?.close();
  }
}

async function open(
  c: Collaborators,
  ssl: boolean,
  { run }: Pick<ReadContext, 'run'>,
): Promise<{ readonly client?: SqlClient; readonly trouble?: string }> {
  const { host, port } = c.site.database;
  try {
    const database = c.databaseAt({ host, port, ssl });
    return { client: await database.connect('postgres', applicationName(run.id, run.step)) };
  } catch (error) {
    return { trouble: factOf(error) };
  }
}

/** Superusers alone are told, and there is no such view before PostgreSQL 10. */
async function hostsslLines(client: SqlClient): Promise<number[] | undefined> {
  try {
    const { rules } = await readRules(client);
    return rules.flatMap(({ type, line }) => (type === 'hostssl' ? [line] : []));
  } catch (error) {
    factOf(error);
    return undefined;
  }
}

async function countSessions(
  client: SqlClient,
  databases: readonly string[],
): Promise<SslState['sessions'] | undefined> {
  const [row] = await client.query<{ ssl: number; plain: number; told: boolean }>(SESSIONS, [databases]);
  // Of the sessions of others a user without the right is told nothing, not even that it is nothing.
  if (row === undefined || (!row.told && row.ssl + row.plain === 0)) return undefined;
  return { ssl: row.ssl, plain: row.plain };
}
