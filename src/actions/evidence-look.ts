import type { SqlOperation } from '../contract/operation.ts';
import { BEGIN, countQuery, EXPORT_SNAPSHOT, LOCKS_HELD } from '../postgres/evidence-queries.ts';
import { EVIDENCE_FILE } from './evidence-file.ts';
import { sqlLook } from './sql-operation.ts';

/** Stands for each table in a plan: which there are is known once the database is read. */
const EACH = { schema: 'SCHEMA', name: 'TABLE', columns: ['COLUMN'] };

/** What is read besides the rows; its statements go over a page, and nobody would type them. */
const CATALOGS = 'the catalogs: properties, extensions, large objects, number of objects of each kind';

/** Begins the transaction whose moment a dump shares. */
export function beginOperation(database: string): SqlOperation {
  return sqlLook(database, [BEGIN, EXPORT_SNAPSHOT]);
}

/** Waits for the locks of pg_dump. */
export function locksOperation(database: string): SqlOperation {
  return sqlLook(database, [LOCKS_HELD], {
    note: '$1: the name of the session of pg_dump; until it is true',
  });
}

/** Counts the rows of every table; `besides`: what else is read. */
export function evidenceOperation(
  database: string,
  { checksums, besides = [] }: { readonly checksums: boolean; readonly besides?: readonly string[] },
): SqlOperation {
  return sqlLook(database, [countQuery(EACH, checksums)], {
    note: [`for each table${checksums ? ' and its columns' : ''}; then ${CATALOGS}`, ...besides].join(', '),
  });
}

/** The same to compare a restored database with what was recorded at its dump. */
export function comparedOperation(database: string): SqlOperation {
  const besides = ['checksums where they were recorded', `compared with ${EVIDENCE_FILE}`];
  return evidenceOperation(database, { checksums: false, besides });
}
