import path from 'node:path';
import { databaseArgument, serverArguments } from './dump.ts';
import type { ClientPrograms, ServerAddress } from './server.ts';

/** One database to be restored as the manual does. */
export interface DocumentedRestore {
  readonly database: string;
  readonly owner: string;
  readonly target: string;
}

/** The manual's commands for one database (5.7 step 4, p. 211). */
export interface DocumentedCommands {
  readonly drop: readonly string[];
  readonly create: readonly string[];
  readonly restore: readonly string[];
}

/**
 * The three commands as the manual types them, with `--no-password` so that they fail instead of asking. The owner is
 * named also where the manual leaves him out: then it would be whoever runs the command.
 */
export function documentedCommands(
  programs: ClientPrograms,
  address: Pick<ServerAddress, 'host' | 'port' | 'user'>,
  { database, owner, target }: DocumentedRestore,
): DocumentedCommands {
  const server = serverArguments(address);
  const beside = (name: string): string =>
    path.join(path.dirname(programs.pgRestore), `${name}${path.extname(programs.pgRestore)}`);
  return {
    drop: [beside('dropdb'), ...server, database],
    create: [beside('createdb'), ...server, '-O', owner, '-T', 'template0', database],
    restore: [programs.pgRestore, ...server, '-d', databaseArgument(database), target],
  };
}

/**
 * Whether the only thing pg_restore complained of is the schema public, which every new database has: archives of pg_dump
 * 10 and older make it (see `listWithoutPublic`).
 */
export function onlyPublicExists(stderr: string): boolean {
  const errors = stderr.split(/\r?\n/).filter((line) => /^pg_restore(?:\.exe)?: error:/.test(line));
  return (
    errors.length === 1 &&
    errors.every((line) => line.includes('schema "public" already exists')) &&
    /errors ignored on restore: 1\b/.test(stderr)
  );
}
