import type { SqlClient } from './server.ts';

/** A setting that was changed and counts only after a restart of the server. */
export interface PendingSetting {
  readonly name: string;
  /** What the server runs with. */
  readonly running: string;
}

/**
 * Those of the settings that wait for a restart. The server itself says so once it has read its files again; what is in
 * them now is looked at besides, since `ALTER SYSTEM` alone does not make it read them.
 */
export async function pendingRestarts(
  client: SqlClient,
  names: readonly string[],
): Promise<readonly PendingSetting[]> {
  return client.query<{ name: string; running: string }>(
    `select s.name, s.setting as running
       from pg_catalog.pg_settings s
       left join lateral (
         select f.setting from pg_catalog.pg_file_settings f where lower(f.name) = s.name
          order by f.seqno desc limit 1
       ) f on true
      where s.name = any($1)
        and (s.pending_restart or (f.setting <> s.setting and s.source <> 'command line'))
      order by s.name`,
    [[...names]],
  );
}
