import { UsageError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import type { ClientPrograms, DumpFormat, DumpRequest, ServerAddress } from './server.ts';

/** The server that a command names; undefined: the environment does. */
export type ClientTarget = Pick<ServerAddress, 'host' | 'port' | 'user'> | undefined;

/** The letters of `pg_dump -F`. */
const FORMAT_LETTER: Readonly<Record<DumpFormat, string>> = { tar: 't', custom: 'c', directory: 'd' };
const LIST_LIMIT_MS = 120_000;
const LIST_BYTES = 64 * 1024 * 1024;

/**
 * The command that dumps one database, as the manual types it (5.6 step 2, p. 208), with `--no-password` so that it
 * fails instead of asking. Environment: see `clientEnvironment`.
 * @throws UsageError for jobs with a format that cannot have them.
 */
export function dumpCommand(programs: ClientPrograms, address: ClientTarget, request: DumpRequest): string[] {
  const jobs = request.jobs ?? 1;
  if (jobs > 1 && request.format !== 'directory')
    throw new UsageError(`pg_dump cannot use ${jobs} jobs for the format "${request.format}".`, {
      hint: 'Only the format "directory" is dumped by several jobs.',
    });
  return [
    programs.pgDump,
    ...serverArguments(address),
    '-b',
    '-F',
    FORMAT_LETTER[request.format],
    ...(jobs > 1 ? ['-j', String(jobs)] : []),
    ...(request.snapshot === undefined ? [] : [`--snapshot=${request.snapshot}`]),
    '-f',
    request.target,
    databaseArgument(request.database),
  ];
}

/**
 * `-h`, `-p`, `-U` and `--no-password`, which every client program takes. Without an address the server stands in the
 * environment: a plan cannot know the port of one that is yet to be started.
 */
export function serverArguments(address: ClientTarget): string[] {
  if (address === undefined) return ['--no-password'];
  return ['-h', address.host, '-p', String(address.port), '-U', address.user, '--no-password'];
}

/**
 * A database name as an argument. The programs read a name with `=` in it, or one like a URI, as connection
 * settings; such a name is given as a setting itself.
 */
export function databaseArgument(name: string): string {
  if (/^[^-=:/\\'][^=:/\\']*$/.test(name)) return name;
  return `dbname='${name.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}

/** The command that prints the table of contents of a dump. It proves little: it does not see a truncated one. */
export function listCommand(programs: ClientPrograms, target: string): string[] {
  return [programs.pgRestore, '-l', target];
}

/**
 * Runs {@link listCommand} and gives the number of entries.
 * @throws CommandError when pg_restore cannot read the dump, TimeLimitError after `timeoutMs` (2 minutes by default).
 */
export async function listDump(
  exec: Exec,
  programs: ClientPrograms,
  target: string,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<number> {
  const { stdout } = await exec(listCommand(programs, target), {
    timeoutMs: options.timeoutMs ?? LIST_LIMIT_MS,
    maxOutputBytes: LIST_BYTES,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return stdout.split(/\r?\n/).filter((line) => /^\d/.test(line)).length;
}

/**
 * The command that reads a whole dump and throws the SQL away: it finds what is cut off or damaged in the formats
 * `custom` and `directory`. Never for `tar`: pg_restore runs for ever on a truncated one; `checkDump` sees that.
 * @throws UsageError for `tar`.
 */
export function readDumpCommand(
  programs: ClientPrograms,
  target: string,
  format: DumpFormat,
  platform: NodeJS.Platform = process.platform,
): string[] {
  if (format === 'tar') throw new UsageError('A dump in tar format is not read by pg_restore for a check.');
  return [programs.pgRestore, '-f', platform === 'win32' ? 'NUL' : '/dev/null', target];
}
