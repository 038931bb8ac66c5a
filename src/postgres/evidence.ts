import type { DatabaseEvidence, Evidence, RoleEvidence, TableEvidence } from './evidence-format.ts';
import * as sql from './evidence-queries.ts';
import type { SqlClient } from './server.ts';
import { parseVersion } from './version.ts';

/** What is to be recorded of one database. */
export interface EvidenceRequest {
  /** As the site file names it. */
  readonly name: string;
  /** Reads and hashes every row of every table: costs once to twice what the dump costs. */
  readonly checksums: boolean;
  /** Called after each table. */
  readonly onTable?: (done: number, total: number) => void;
}

/** A table that has rows of its own, as the catalog has it. */
interface TableEntry {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** Takes the evidence of the database `client` is connected to, in a transaction of its own. @throws DatabaseError */
export async function takeEvidence(client: SqlClient, request: EvidenceRequest): Promise<DatabaseEvidence> {
  const takenAt = await beginEvidence(client);
  try {
    return await readEvidence(client, request, takenAt);
  } finally {
    await client.query('rollback');
  }
}

/**
 * Begins the transaction that evidence is read in: one moment, nothing written, and the settings that make the same
 * rows give the same text everywhere. Gives the moment, ISO 8601 UTC, by the server's clock.
 */
export async function beginEvidence(client: SqlClient): Promise<string> {
  await client.query(sql.BEGIN);
  const names = Object.keys(sql.SETTINGS);
  const settings = names.map(
    (_name, index) => `pg_catalog.set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`,
  );
  await client.query(
    `select ${settings.join(', ')}`,
    names.flatMap((name) => [name, sql.SETTINGS[name] ?? '']),
  );
  // The first statement takes the snapshot; this is the time of the transaction's begin, just before it.
  const [row] = await client.query<{ at: Date }>('select pg_catalog.transaction_timestamp() as at');
  if (row === undefined) throw new TypeError('the server gave no row for the time');
  return row.at.toISOString();
}

/** Reads the evidence in the transaction of {@link beginEvidence}; `takenAt` is what that gave. @throws DatabaseError */
export async function readEvidence(
  client: SqlClient,
  request: EvidenceRequest,
  takenAt: string,
): Promise<DatabaseEvidence> {
  const [database] = await client.query<
    Pick<
      DatabaseEvidence,
      'database' | 'owner' | 'encoding' | 'collate' | 'ctype' | 'tablespace' | 'connectionLimit' | 'acl'
    >
  >(sql.DATABASE);
  const [objects] = await client.query<Record<string, number>>(sql.OBJECTS);
  if (database === undefined || objects === undefined)
    throw new TypeError('the server gave no row of a catalog');
  return {
    name: request.name,
    ...database,
    takenAt,
    settings: await client.query(sql.DATABASE_SETTINGS),
    extensions: await client.query(sql.EXTENSIONS),
    largeObjects: await readLargeObjects(client, request.checksums),
    tables: await readTables(client, request),
    objects,
  };
}

/** What {@link readServerEvidence} sends. */
export const SERVER_EVIDENCE: readonly string[] = [sql.SERVER, sql.ROLES];

/** Version and roles of the whole server, without passwords. */
export async function readServerEvidence(client: SqlClient): Promise<Pick<Evidence, 'server' | 'roles'>> {
  const [server] = await client.query<{ version: string; versionNumber: number }>(sql.SERVER);
  if (server === undefined) throw new TypeError('the server gave no row for its version');
  return {
    server: { ...server, version: parseVersion(server.version)?.text ?? server.version },
    roles: await client.query<RoleEvidence>(sql.ROLES),
  };
}

async function readTables(
  client: SqlClient,
  { checksums, onTable }: EvidenceRequest,
): Promise<TableEvidence[]> {
  const entries = await client.query<TableEntry>(sql.TABLES);
  const tables: TableEvidence[] = [];
  for (const entry of entries) {
    const [counted] = await client.query<{ rows: string; checksum?: string }>(
      sql.countQuery(entry, checksums),
    );
    if (counted === undefined) throw new TypeError('the server gave no row for a count');
    const { schema, name } = entry;
    tables.push({ schema, name, ...counted, rows: Number(counted.rows) });
    onTable?.(tables.length, entries.length);
  }
  return tables;
}

/** A checksum only for users who may read the table of all large objects (superusers). */
async function readLargeObjects(
  client: SqlClient,
  checksums: boolean,
): Promise<DatabaseEvidence['largeObjects']> {
  const [right] = await client.query<{ may: boolean }>(sql.MAY_READ_LARGE_OBJECTS);
  const may = right?.may === true;
  const [row] = await client.query<{ count: string; bytes: string }>(
    may ? sql.LARGE_OBJECTS : sql.LARGE_OBJECTS_BY_READING,
  );
  const sizes = { count: Number(row?.count), bytes: Number(row?.bytes) };
  if (!may || !checksums) return sizes;
  const [hashed] = await client.query<{ checksum: string }>(sql.LARGE_OBJECTS_CHECKSUM);
  return hashed === undefined ? sizes : { ...sizes, checksum: hashed.checksum };
}
