import type { Exec } from '../contract/node.ts';
import { checkDump } from './check-dump.ts';
import { listCommand } from './dump.ts';
import { DatabaseError } from './errors.ts';
import type { ClientPrograms, DumpFormat } from './server.ts';

/** A plan waits for it: a few small tables, found in an archive of any size. */
const LIMIT_MS = 120_000;
const OUTPUT_BYTES = 64 * 1024 * 1024;
/** From this version on pg_restore wants to be told that it is to print; older ones take the name for a file. */
const PRINTS_WHEN_TOLD = 12;

/** The rows of one table as a dump has them; null is SQL's. */
export interface DumpedTable {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** One finished dump. */
export interface DumpFile {
  readonly target: string;
  readonly format: DumpFormat;
}

/**
 * Reads the tables of a dump whose names are `wanted`, without a server: what a restored database will say is known before
 * it is restored. @throws VerificationError for a damaged dump, CommandError or TimeLimitError when pg_restore cannot read it
 */
export async function readDumpedTables(
  exec: Exec,
  programs: ClientPrograms,
  { target, format }: DumpFile,
  wanted: (table: string) => boolean,
  signal?: AbortSignal,
): Promise<DumpedTable[]> {
  // Our own look first: pg_restore may run for ever on a tar file that was cut off.
  await checkDump(target, format);
  const limits = {
    timeoutMs: LIMIT_MS,
    maxOutputBytes: OUTPUT_BYTES,
    ...(signal === undefined ? {} : { signal }),
  };
  const { stdout: listing } = await exec(listCommand(programs, target), limits);
  const tables = tablesWithData(listing).filter(wanted);
  if (tables.length === 0) return [];
  const { stdout } = await exec(printCommand(programs, target, tables), limits);
  // Only the end of an output that is too long is kept.
  if (!stdout.trimStart().startsWith('--'))
    throw new DatabaseError(
      `what ${target} has of ${tables.join(', ')} is too much to be looked at`,
      undefined,
    );
  return parseCopies(stdout);
}

function printCommand(programs: ClientPrograms, target: string, tables: readonly string[]): string[] {
  return [
    programs.pgRestore,
    '--data-only',
    ...tables.flatMap((table) => ['-t', table]),
    ...(programs.major >= PRINTS_WHEN_TOLD ? ['-f', '-'] : []),
    target,
  ];
}

/** Names of the tables with data, from what `pg_restore -l` prints; one with a space in it is not understood. */
export function tablesWithData(listing: string): string[] {
  const names = listing
    .split(/\r?\n/)
    .flatMap((line) => /^\d+; \d+ \d+ TABLE DATA \S+ (\S+) \S+\s*$/.exec(line)?.[1] ?? []);
  return [...new Set(names)];
}

/** The tables of a script with COPY. */
export function parseCopies(script: string): DumpedTable[] {
  const tables: DumpedTable[] = [];
  let open: { table: DumpedTable; rows: (string | null)[][] } | undefined;
  for (const line of script.split(/\r?\n/)) {
    if (open === undefined) {
      const head = /^COPY (.+?)\.(.+?) \((.*)\) FROM stdin;$/.exec(line);
      if (head === null) continue;
      const [, schema = '', table = '', columns = ''] = head;
      const rows: (string | null)[][] = [];
      open = { rows, table: { schema: name(schema), table: name(table), columns: names(columns), rows } };
    } else if (line === '\\.') {
      tables.push(open.table);
      open = undefined;
    } else open.rows.push(line.split('\t').map(value));
  }
  return tables;
}

function names(list: string): string[] {
  return [...list.matchAll(/"(?:[^"]|"")*"|[^\s,]+/g)].map(([one]) => name(one));
}

function name(quoted: string): string {
  return quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll('""', '"') : quoted;
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function value(text: string): string | null {
  if (text === '\\N') return null;
  return text.replaceAll(/\\(.)/g, (_all, letter: string) => ESCAPES[letter] ?? letter);
}
