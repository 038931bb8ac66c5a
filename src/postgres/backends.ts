import { setTimeout as delay } from 'node:timers/promises';
import { StepError } from '../contract/errors.ts';
import type { SqlClient } from './server.ts';

const WAIT_MS = 10_000;
const POLL_MS = 50;
/** PostgreSQL cuts application_name off after 63 bytes (NAMEDATALEN - 1). */
const NAME_BYTES = 63;

/** One session on the server. */
export interface Backend {
  readonly pid: number;
  readonly applicationName: string;
  readonly database: string | null;
  readonly user: string | null;
  readonly state: string | null;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
}

/**
 * Lists sessions of this server, without the asking one. With `applicationName` only those that carry exactly it, or it and a
 * further word: `sense-runbook RUN` finds `sense-runbook RUN STEP`, not `sense-runbook RUN2`.
 */
export async function listBackends(client: SqlClient, applicationName?: string): Promise<Backend[]> {
  const name = applicationName === undefined ? null : cutName(applicationName);
  return await client.query<Backend>(
    `select pid, application_name as "applicationName", datname::text as database, usename::text as user, state,
            pg_catalog.to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "startedAt"
       from pg_catalog.pg_stat_activity
      where pid <> pg_catalog.pg_backend_pid()
        and ($1::text is null or application_name = $1
             or pg_catalog.left(application_name, pg_catalog.length($1) + 1) = $1 || ' ')
      order by pid`,
    [name],
  );
}

/**
 * Ends the sessions that carry `applicationName` (see {@link listBackends}) and waits until they are gone. Gives
 * the process ids that were ended.
 * @throws DatabaseError when the user may not end them, StepError when one is still there after 10 s.
 */
export async function terminateBackends(client: SqlClient, applicationName: string): Promise<number[]> {
  if (applicationName.trim() === '') throw new TypeError('terminateBackends needs an application name');
  const pids = (await listBackends(client, applicationName)).map((backend) => backend.pid);
  if (pids.length === 0) return [];
  await client.query('select pg_catalog.pg_terminate_backend(pid) from pg_catalog.unnest($1::int[]) as pid', [
    pids,
  ]);
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const left = (await listBackends(client, applicationName)).filter(({ pid }) => pids.includes(pid));
    if (left.length === 0) return pids;
    if (performance.now() > deadline)
      throw new StepError(
        `Sessions of the database server did not end: ${left.map(({ pid }) => pid).join(', ')}.`,
        { hint: 'They end when their statement does; look at them in pg_stat_activity.' },
      );
    await delay(POLL_MS);
  }
}

function cutName(name: string): string {
  return Buffer.from(name).subarray(0, NAME_BYTES).toString();
}
