import type { SqlClient } from './server.ts';

/** What tells one server from another, and what a site notices of the way it is set up. */
export interface ServerIdentity {
  /** Made by initdb, and no other cluster has it. */
  readonly identifier: string;
  readonly version: string;
  readonly port: number;
  /** Where its port comes from, in PostgreSQL's words: `configuration file`, `command line`, ... */
  readonly portSource: string;
  /** What ALTER SYSTEM has set the port to; null: nothing. */
  readonly portBySystem: string | null;
  readonly dataFolder: string;
  readonly listen: string;
  readonly listenBySystem: string | null;
  readonly maxConnections: number;
  readonly maxConnectionsBySystem: string | null;
  readonly ssl: boolean;
}

/** What {@link readIdentity} sends. */
export const IDENTITY = `
  select (select system_identifier::text from pg_catalog.pg_control_system()) as identifier,
         pg_catalog.current_setting('server_version') as version,
         pg_catalog.current_setting('port')::int as port,
         (select source from pg_catalog.pg_settings where name = 'port') as "portSource",
         ${bySystem('port')} as "portBySystem",
         pg_catalog.current_setting('data_directory') as "dataFolder",
         pg_catalog.current_setting('listen_addresses') as listen,
         ${bySystem('listen_addresses')} as "listenBySystem",
         pg_catalog.current_setting('max_connections')::int as "maxConnections",
         ${bySystem('max_connections')} as "maxConnectionsBySystem",
         pg_catalog.current_setting('ssl')::bool as ssl`;

/** Asks the server for it; superusers alone may. @throws DatabaseError */
export async function readIdentity(client: SqlClient): Promise<ServerIdentity> {
  const [row] = await client.query<ServerIdentity>(IDENTITY);
  if (row === undefined) throw new TypeError('the server gave no row for its settings');
  return row;
}

function bySystem(name: string): string {
  return `(select setting from pg_catalog.pg_file_settings
    where name = '${name}' and sourcefile ~ 'postgresql\\.auto\\.conf$' order by seqno desc limit 1)`;
}
