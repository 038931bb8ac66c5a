/** How to reach a PostgreSQL server. The password goes to children by a 0600 PGPASSFILE only. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absent: pgpass or trust decides. */
  readonly password?: string;
  readonly ssl?: boolean;
}

/** Client programs found in one folder; `version` is `15.18`, `major` 15 (9.6 for 9.6.x). */
export interface ClientPrograms {
  readonly folder: string;
  readonly version: string;
  readonly major: number;
  readonly pgDump: string;
  readonly pgDumpall: string;
  readonly pgRestore: string;
  readonly psql: string;
}

/** Server programs found in one folder, for clusters of our own. */
export interface ServerPrograms {
  readonly folder: string;
  readonly version: string;
  readonly major: number;
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

/**
 * One open connection to one database. Queries run one after another; errors are already worded.
 * Values go as parameters (`$1`), never into the text.
 */
export interface SqlClient {
  /** @throws DatabaseError with the SQLSTATE, also when the connection was lost. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Ends the connection; ending it twice is harmless. */
  close(): Promise<void>;
}

/** What the server said of itself and of one database. */
export interface ServerFacts {
  readonly version: string;
  readonly major: number;
  readonly superuser: boolean;
  /** It is none, and may create roles and databases all the same, as the administrator of a managed cloud server. */
  readonly makesDatabases?: boolean;
  /** It follows another server and is read-only. */
  readonly standby: boolean;
  readonly dataFolder?: string;
  readonly databases: readonly DatabaseFacts[];
}

/** One row of `pg_database`. */
export interface DatabaseFacts {
  readonly name: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly bytes: number;
  readonly allowConnections: boolean;
}

/** The dump formats of pg_dump that the tool offers. */
export type DumpFormat = 'tar' | 'custom' | 'directory';

/** One dump to be made. */
export interface DumpRequest {
  readonly database: string;
  /** File, or folder for `directory`. */
  readonly target: string;
  readonly format: DumpFormat;
  readonly jobs?: number;
  /** Dump what this exported snapshot sees. */
  readonly snapshot?: string;
  readonly timeoutMs?: number;
}
