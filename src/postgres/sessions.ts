import { setTimeout as delay } from 'node:timers/promises';
import { StepError } from '../contract/errors.ts';
import { quoteName } from './recreate.ts';
import type { SqlClient } from './server.ts';

const WAIT_MS = 10_000;
const POLL_MS = 100;

/** A session of somebody in a database, as one would look for its owner. */
export interface DatabaseSession {
  readonly pid: number;
  readonly database: string;
  readonly applicationName: string;
  readonly user: string;
  /** Address of the client; `local` for a socket. */
  readonly client: string;
}

const SESSIONS_IN = `
  select pid, datname::text as database, coalesce(application_name, '') as "applicationName",
         coalesce(usename::text, '') as "user", coalesce(pg_catalog.host(client_addr), 'local') as client
    from pg_catalog.pg_stat_activity
   where datname::text = any ($1::text[]) and pid <> pg_catalog.pg_backend_pid()
     and backend_type = 'client backend'
   order by datname, pid`;

const TERMINATE = 'select pg_catalog.pg_terminate_backend(pid) from pg_catalog.unnest($1::int[]) as pid';

/** What {@link clearSessions} sends; `$1`: the databases, then the process ids that were found in them. */
export const CLEAR_STATEMENTS: readonly string[] = [SESSIONS_IN, TERMINATE];

/** The sessions of clients in these databases, without the asking one. @throws DatabaseError */
export async function sessionsIn(
  client: SqlClient,
  databases: readonly string[],
): Promise<DatabaseSession[]> {
  return client.query<DatabaseSession>(SESSIONS_IN, [databases]);
}

/** `psql (user qliksenserepository, from 10.0.0.7) in "QSR"`. */
export function sessionText({ applicationName, user, client, database }: DatabaseSession): string {
  const name = applicationName === '' ? 'a program without a name' : applicationName;
  return `${name} (user ${user}, from ${client}) in "${database}"`;
}

/** Asks the server to end these sessions; they are gone a moment later. @throws DatabaseError */
export async function endSessions(client: SqlClient, sessions: readonly DatabaseSession[]): Promise<void> {
  if (sessions.length === 0) return;
  await client.query(TERMINATE, [sessions.map(({ pid }) => pid)]);
}

/**
 * Ends every session in these databases and waits until none of those is left. Gives the ones it met.
 * @throws StepError naming those that are still there after `waitMs` milliseconds (10 s by default).
 */
export async function clearSessions(
  client: SqlClient,
  databases: readonly string[],
  waitMs = WAIT_MS,
): Promise<DatabaseSession[]> {
  const met = await sessionsIn(client, databases);
  await endSessions(client, met);
  const deadline = performance.now() + waitMs;
  for (;;) {
    const left = (await sessionsIn(client, databases)).filter(({ pid }) =>
      met.some((one) => one.pid === pid),
    );
    if (left.length === 0) return met;
    if (performance.now() > deadline)
      throw new StepError(
        `Sessions of the database server did not end: ${left.map(sessionText).join('; ')}.`,
        {
          hint: 'They end when their statement does. Stop these programs, then go on.',
        },
      );
    await delay(POLL_MS);
  }
}

/** The statement that drops a database for good, if it is there. */
export function dropDatabaseStatement(name: string): string {
  return `DROP DATABASE IF EXISTS ${quoteName(name)}`;
}

/** Drops a database, if it is there, with the sessions in it. @throws DatabaseError, StepError */
export async function dropDatabase(client: SqlClient, name: string): Promise<void> {
  await clearSessions(client, [name]);
  await client.query(dropDatabaseStatement(name));
}
