import type { Exec } from '../contract/node.ts';
import { checkDump } from './check-dump.ts';
import { listCommand } from './dump.ts';
import type { DumpFile } from './dumped-tables.ts';
import { listWithoutPublic } from './restore.ts';
import type { ClientPrograms } from './server.ts';

/** A plan waits for it: a list, found in an archive of any size. */
const LIMIT_MS = 120_000;
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** Entries for which pg_restore sends `ALTER ... OWNER TO`; others have an owner in the list that nothing is made of. */
const OWNED =
  /^\d+; \d+ \d+ (?:AGGREGATE|BLOB|COLLATION|CONVERSION|DOMAIN|EVENT TRIGGER|FOREIGN DATA WRAPPER|FOREIGN TABLE|FUNCTION|LARGE OBJECT|MATERIALIZED VIEW|OPERATOR|PROCEDURE|PROCEDURAL LANGUAGE|PUBLICATION|SCHEMA|SEQUENCE|SERVER|STATISTICS|SUBSCRIPTION|TABLE|TEXT SEARCH CONFIGURATION|TEXT SEARCH DICTIONARY|TYPE|VIEW) (?!(?:DATA|ATTACH|SET|OWNED BY|TABLE|TABLES IN SCHEMA) )/;

/**
 * Which of `roles` own something that a dump makes, read without a server: pg_restore stops where one of them is missing.
 * @throws VerificationError for a damaged dump, CommandError or TimeLimitError when pg_restore cannot read it
 */
export async function readDumpedOwners(
  exec: Exec,
  programs: ClientPrograms,
  { target, format }: DumpFile,
  roles: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  // Our own look first: pg_restore may run for ever on a tar file that was cut off.
  await checkDump(target, format);
  const { stdout } = await exec(listCommand(programs, target), {
    timeoutMs: LIMIT_MS,
    maxOutputBytes: OUTPUT_BYTES,
    ...(signal === undefined ? {} : { signal }),
  });
  return ownersIn(stdout, roles);
}

/**
 * Which of `roles` own something, by what `pg_restore -l` prints. Names stand there without quotes and may have blanks: a
 * role is looked for at the end of a line, not read from it.
 */
export function ownersIn(listing: string, roles: readonly string[]): string[] {
  const lines = (listWithoutPublic(listing) ?? listing).split(/\r?\n/).filter((line) => OWNED.test(line));
  return roles.filter((role) => lines.some((line) => line.endsWith(` ${role}`)));
}
