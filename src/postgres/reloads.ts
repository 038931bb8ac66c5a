import type { SqlClient } from './server.ts';

/** A reload task at work. Times are ISO 8601 UTC. */
export interface RunningReload {
  readonly task: string;
  readonly startedAt: string;
}

/** When a task is to begin next by its triggers. */
interface DueReload {
  readonly task: string;
  readonly at: string;
}

/** What the repository database tells of reloads. A part is absent when this release does not have its columns. */
export interface ReloadFacts {
  readonly running?: readonly RunningReload[];
  /** Those of the next day, earliest first. */
  readonly due?: readonly DueReload[];
}

/**
 * What `"ExecutionResults"."Status"` says of an execution that is not over: triggered, started, queued, abort
 * initiated, aborting, retry (QRS API, "ExecutionResult").
 */
const UNFINISHED = "'1', '2', '3', '4', '5', '10'";

/** A task that runs longer than this is ended by Qlik Sense itself unless someone raised it: what is older is left over. */
const SESSION_TIMEOUT = "interval '1440 minutes'";

const MOST = 1000;

const NEEDED = {
  running: {
    ExecutionResults: ['TaskID', 'Status', 'StartTime'],
    ReloadTasks: ['ID', 'Name'],
  },
  due: {
    ReloadTasks: ['Name', 'Enabled', 'Operational_ID'],
    ReloadTaskOperationals: ['ID', 'NextExecution'],
  },
} as const;

/** Of each task the newest execution alone: one that a crash left unfinished is followed by others. */
const RUNNING = `
  select task, started as "startedAt"
    from (select distinct on (r."TaskID") t."Name" as task, r."Status"::text as status,
                 r."StartTime"::timestamptz as at,
                 to_char(r."StartTime"::timestamptz, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as started
            from public."ExecutionResults" r join public."ReloadTasks" t on t."ID"::text = r."TaskID"::text
           where r."StartTime"::timestamptz > now() - ${SESSION_TIMEOUT}
           order by r."TaskID", r."StartTime" desc) newest
   where status in (${UNFINISHED})
   order by at, task limit ${String(MOST)}`;

const DUE = `
  select t."Name" as task, to_char(o."NextExecution"::timestamptz, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at
    from public."ReloadTasks" t join public."ReloadTaskOperationals" o on o."ID"::text = t."Operational_ID"::text
   where t."Enabled" and o."NextExecution"::timestamptz between now() - interval '1 minute' and now() + interval '1 day'
   order by o."NextExecution", t."Name" limit ${String(MOST)}`;

const COLUMNS = `
  select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public'
     and table_name in ('ExecutionResults', 'ReloadTasks', 'ReloadTaskOperationals')`;

const UTC = "set time zone 'UTC'";

/** What {@link readReloads} sends; the last two where the release has their columns. */
export const RELOAD_STATEMENTS: readonly string[] = [COLUMNS, UTC, RUNNING, DUE];

/**
 * Reads which reloads run, and which are due within a day, from the repository database. Its times have no zone and
 * are UTC.
 */
export async function readReloads(client: SqlClient): Promise<ReloadFacts> {
  const columns = await client.query<{ name: string }>(COLUMNS);
  const known = new Set(columns.map(({ name }) => name));
  const has = (tables: Readonly<Record<string, readonly string[]>>): boolean =>
    Object.entries(tables).every(([table, names]) => names.every((name) => known.has(`${table}.${name}`)));
  await client.query(UTC);
  return {
    ...(has(NEEDED.running) ? { running: await client.query<RunningReload>(RUNNING) } : {}),
    ...(has(NEEDED.due) ? { due: await client.query<DueReload>(DUE) } : {}),
  };
}
