import { connect } from '../../src/postgres/connect.ts';
import type { TestPostgres } from './postgres.ts';

/** A thousand million bytes is less than what some call a gigabyte: this is the larger of the two. */
export const GIGABYTE = 1024 ** 3;

const TABLES = [1, 2, 3, 4].map((number) => `"Large${String(number)}"`);
/** Each takes 330 bytes, of which 160 are its entry in the index. */
const ROWS_OF_ONE = 900_000;
const LARGE_OBJECT = 424_242;

/** What is looked at of a large database, told without the tool. */
export interface LargeDigest {
  /** Rows and a checksum over all of them, by table. */
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly sum: string }>>;
  /** Definitions of the indexes that can be used. */
  readonly indexes: readonly string[];
  /** Size and checksum; undefined: it is not there. */
  readonly largeObject: { readonly bytes: number; readonly sum: string } | undefined;
}

/**
 * Puts a gigabyte into a database: four tables of text that hardly gets smaller by compression, with an index each, and a large
 * object of 8 MiB. The text is ordered by its bytes, since sorting it by the rules of a language takes most of the time.
 */
export async function plantGigabyte(pg: TestPostgres, database: string): Promise<void> {
  const half = TABLES.length / 2;
  // The machine has two processors at least.
  await Promise.all(
    [TABLES.slice(0, half), TABLES.slice(half)].map((tables) =>
      longStatements(
        pg,
        database,
        tables.flatMap((table) => [
          `CREATE TABLE ${table} AS
             SELECT n AS "ID", encode(sha512(convert_to('${table}' || n, 'UTF8')), 'hex') COLLATE "C" AS "Text"
               FROM generate_series(1, ${String(ROWS_OF_ONE)}) n`,
          `CREATE INDEX ON ${table} ("Text")`,
        ]),
      ),
    ),
  );
  await longStatements(pg, database, [
    `SELECT lo_from_bytea(${String(LARGE_OBJECT)}, string_agg(sha512(int4send(n)), ''))
       FROM generate_series(1, ${String((8 * 1024 ** 2) / 64)}) n`,
  ]);
}

/** Goes on with the work after a backup: rows change and go, an index goes, and so does the large object. */
export async function workOnGigabyte(pg: TestPostgres, database: string): Promise<void> {
  const [first = '', second = '', third = ''] = TABLES;
  await longStatements(pg, database, [
    `DELETE FROM ${first} WHERE "ID" % 9 = 0`,
    `UPDATE ${second} SET "Text" = 'changed later' WHERE "ID" <= 1000`,
    `DROP INDEX ${third.replace(/"$/, '_Text_idx"')}`,
    `SELECT lo_unlink(${String(LARGE_OBJECT)})`,
  ]);
}

/** Bytes of a database, as the server counts them. */
export async function sizeOf(pg: TestPostgres, database: string): Promise<number> {
  const [row] = await longStatements<{ bytes: string }>(pg, 'postgres', [
    `SELECT pg_database_size('${database}') AS bytes`,
  ]);
  return Number(row?.bytes);
}

/** What is in it now. */
export async function digestOfGigabyte(pg: TestPostgres, database: string): Promise<LargeDigest> {
  const tables: Record<string, { rows: number; sum: string }> = {};
  for (const table of TABLES) {
    const [row] = await longStatements<{ rows: string; sum: string }>(pg, database, [
      `SELECT count(*) AS rows, sum(hashtextextended("ID" || "Text", 0)) AS sum FROM ${table}`,
    ]);
    if (row !== undefined) tables[table] = { rows: Number(row.rows), sum: row.sum };
  }
  const indexes = await longStatements<{ definition: string }>(pg, database, [
    `SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index
       WHERE indrelid IN (${TABLES.map((table) => `'${table}'::regclass`).join(', ')}) AND indisvalid ORDER BY 1`,
  ]);
  const [largeObject] = await longStatements<{ bytes: number; sum: string }>(pg, database, [
    `SELECT length(lo_get(oid)) AS bytes, md5(lo_get(oid)) AS sum
       FROM pg_largeobject_metadata WHERE oid = ${String(LARGE_OBJECT)}`,
  ]);
  return { tables, indexes: indexes.map(({ definition }) => definition), largeObject };
}

/** Runs statements without a limit of time, and gives the rows of the last one. */
async function longStatements<Row extends object>(
  { address }: TestPostgres,
  database: string,
  statements: readonly string[],
): Promise<Row[]> {
  const client = await connect(address, database, { statementTimeoutMs: 0 });
  try {
    let rows: Row[] = [];
    for (const statement of statements) rows = await client.query<Row>(statement);
    return rows;
  } finally {
    await client.close();
  }
}
