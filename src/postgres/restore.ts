import type { CommandError } from '../contract/errors.ts';
import { databaseArgument, serverArguments } from './dump.ts';
import type { ClientPrograms, DumpFormat, ServerAddress } from './server.ts';
import { parseVersion } from './version.ts';

/** Jobs beyond that gain little, and the other databases are restored beside. */
const MOST_JOBS = 4;
/** The first version of the server that builds an index by several processes, and knows a setting for it. */
const PARALLEL_BUILDS = 11;
/** The server or its disk gave up: that says nothing of the dump. */
const SURROUNDINGS =
  /No space left on device|could not (?:extend|write|fsync)|server closed the connection|connection to server .* failed|could not connect|out of memory|terminating connection/i;
const PREFIX = /^pg_restore(?:\.exe)?: (?:\[archiver[^\]]*\] |error: )*/;
const SHOWN_LINES = 3;

/** One dump to be restored. */
export interface RestoreRequest {
  /** Must be there, and empty. */
  readonly database: string;
  readonly target: string;
  readonly format: DumpFormat;
  /** Of this machine: for each of them a job, up to a few. */
  readonly processors: number;
  /** Absent: which server that is stands in the environment, since a plan cannot know its port. */
  readonly address?: Pick<ServerAddress, 'host' | 'port' | 'user'>;
  /** File with the entries to restore, as `pg_restore -l` lists them. Absent: all. */
  readonly listFile?: string;
  /** Absent: all of them. */
  readonly section?: 'pre-data' | 'data' | 'post-data';
}

/**
 * The command that restores one dump and stops at the first error. Tablespaces of the old server are left out: all goes
 * into the default one. Of a dump in tar format pg_restore itself makes no jobs.
 */
export function restoreCommand(programs: ClientPrograms, request: RestoreRequest): string[] {
  const jobs = jobsOf(request);
  return [
    programs.pgRestore,
    ...serverArguments(request.address),
    '--exit-on-error',
    '--no-tablespaces',
    ...(jobs > 1 ? ['-j', String(jobs)] : []),
    ...(request.section === undefined ? [] : [`--section=${request.section}`]),
    ...(request.listFile === undefined ? [] : ['-L', request.listFile]),
    ...['-d', databaseArgument(request.database)],
    request.target,
  ];
}

/**
 * PGOPTIONS for the sessions of one restore. pg_restore commits after every statement: waiting for the disk each time is not
 * needed, since what is committed later, such as the mark that the database is complete, is on disk only when all before it is.
 * `jobs`: how many sessions build indexes at a time. Where they take every processor, the server's own workers of an index
 * (PostgreSQL 11 and newer, "Parallel builds" of CREATE INDEX) only take turns with them.
 */
export function sessionSettings(
  { jobs, processors }: { readonly jobs: number; readonly processors: number },
  serverMajor: number,
): string {
  const allTaken = jobs > 1 && jobs >= processors;
  return [
    '-c synchronous_commit=off',
    ...(allTaken && serverMajor >= PARALLEL_BUILDS ? ['-c max_parallel_maintenance_workers=0'] : []),
  ].join(' ');
}

/** How many jobs pg_restore makes of a dump. */
export function jobsOf({ format, processors }: Pick<RestoreRequest, 'format' | 'processors'>): number {
  return format === 'tar' ? 1 : mostJobs(processors);
}

/** As many as there are processors, up to a few. */
export function mostJobs(processors: number): number {
  return Math.max(1, Math.min(MOST_JOBS, processors));
}

/**
 * What `pg_restore -l` printed without the entry that makes the schema public; undefined when there is none to leave out.
 * Archives of pg_dump 10 and older have it, and every new database has that schema already: pg_restore from 11 on stops at
 * it. Newer archives only hold what was changed of that schema, and need every entry.
 */
export function listWithoutPublic(listing: string): string | undefined {
  const dumpedBy = /^;\s+Dumped by pg_dump version:\s*(\S+)/m.exec(listing)?.[1];
  const major = parseVersion(dumpedBy ?? '')?.major;
  if (major === undefined || major > 10) return undefined;
  const lines = listing.split(/\r?\n/);
  const kept = lines.filter((line) => !/^\d+; \d+ \d+ SCHEMA - public(?:\s|$)/.test(line));
  return kept.length === lines.length ? undefined : kept.join('\n');
}

/** The role whose absence stopped a restore, by what pg_restore printed of it; undefined when it was something else. */
export function missingRole(stderr: string): string | undefined {
  return /ERROR:\s+role "(.+?)" does not exist/.exec(stderr)?.[1];
}

/**
 * What is wrong with the dump, from what pg_restore printed, in one line; undefined when not the dump but the
 * server or its disk gave up.
 */
export function restoreTrouble(error: CommandError): string | undefined {
  if (SURROUNDINGS.test(error.stderr)) return undefined;
  const lines = error.stderr
    .split(/\r?\n/)
    .map((line) => line.trim().replace(PREFIX, ''))
    .filter((line) => line !== '');
  const start = lines.findIndex((line) => /error|could not|does not|ERROR/i.test(line));
  const shown = lines.slice(Math.max(0, start), Math.max(0, start) + SHOWN_LINES);
  return shown.length === 0 ? error.message : shown.join(' ');
}
