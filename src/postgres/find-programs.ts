import fs from 'node:fs/promises';
import path from 'node:path';
import { ExpectedError, PreflightError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import { isMissing } from './error-codes.ts';
import { listProgramFolders } from './program-folders.ts';
import type { ProgramSearch } from './program-folders.ts';
import type { ClientPrograms, ServerPrograms } from './server.ts';
import { parseVersion } from './version.ts';

/** Asking a program for its version takes milliseconds; one that hangs must not hold up everything. */
const VERSION_LIMIT_MS = 15_000;

const CLIENT_NAMES = { pgDump: 'pg_dump', pgDumpall: 'pg_dumpall', pgRestore: 'pg_restore', psql: 'psql' };
const SERVER_NAMES = { initdb: 'initdb', pgCtl: 'pg_ctl', postgres: 'postgres' };

/** A search and the means to run what it finds. */
export interface FindPrograms extends ProgramSearch {
  readonly exec: Exec;
  /** Key of the site file that `folder` comes from, for messages; default `database.bin`. */
  readonly setting?: string;
}

/**
 * Finds PostgreSQL client programs (pg_dump, pg_dumpall, pg_restore, psql) and asks pg_dump for the version. In the
 * order of preference: the site's own folder, `candidates`, PATH, the usual folders.
 * @throws PreflightError when `folder` is given and is not there, lacks a program or its pg_dump does not run.
 */
export async function findClientPrograms(options: FindPrograms): Promise<ClientPrograms[]> {
  return await findIn(options, CLIENT_NAMES, 'pgDump');
}

/**
 * Finds PostgreSQL server programs (initdb, pg_ctl, postgres), like {@link findClientPrograms}.
 * @throws PreflightError when `folder` is given and is not usable.
 */
export async function findServerPrograms(options: FindPrograms): Promise<ServerPrograms[]> {
  return await findIn(options, SERVER_NAMES, 'pgCtl');
}

type Found<Key extends string> = Record<Key, string> & { folder: string; version: string; major: number };

async function findIn<Key extends string>(
  options: FindPrograms,
  names: Readonly<Record<Key, string>>,
  asked: NoInfer<Key>,
): Promise<Found<Key>[]> {
  const own = options.folder === undefined ? undefined : path.resolve(options.folder);
  const found: Found<Key>[] = [];
  const seen = new Set<string>();
  for (const folder of await listProgramFolders(options)) {
    const real = await realFolder(folder, names[asked], options.platform);
    if (real !== undefined && seen.has(real)) continue;
    if (real !== undefined) seen.add(real);
    const programs = await look(folder, names, asked, options, folder === own);
    if (programs !== undefined) found.push(programs);
  }
  return found;
}

async function look<Key extends string>(
  folder: string,
  names: Readonly<Record<Key, string>>,
  asked: NoInfer<Key>,
  options: FindPrograms,
  isOwn: boolean,
): Promise<Found<Key> | undefined> {
  const keys = Object.keys(names) as Key[];
  const files = Object.fromEntries(
    keys.map((key) => [key, path.join(folder, fileName(names[key], options.platform))]),
  ) as Record<Key, string>;
  const missing: string[] = [];
  for (const key of keys) if (!(await isFile(files[key]))) missing.push(names[key]);
  // Debian's wrapper picks a version by itself, and another one tomorrow: its real folders are looked at instead.
  if (missing.length === 0 && !isOwn && (await isWrapper(files[asked]))) return undefined;
  if (missing.length > 0) {
    if (!isOwn) return undefined;
    throw new PreflightError(`The folder ${folder} has no ${missing.join(', ')}.`, {
      hint: `Set \`${settingOf(options)}\` in the site file to the folder of the PostgreSQL programs (it ends in "bin"), or leave it out to have them found.`,
    });
  }
  try {
    const printed = await options.exec([files[asked], '--version'], { timeoutMs: VERSION_LIMIT_MS });
    const version = parseVersion(printed.stdout);
    if (version !== undefined) return { ...files, folder, version: version.text, major: version.major };
    if (isOwn) throw new PreflightError(`${files[asked]} --version did not print a version.`);
  } catch (error) {
    // Elsewhere than in the site's own folder, a program that does not run is just not a candidate.
    if (isOwn || !(error instanceof ExpectedError))
      throw ownFolderError(files[asked], error, settingOf(options));
  }
  return undefined;
}

function settingOf({ setting = 'database.bin' }: FindPrograms): string {
  return setting;
}

function ownFolderError(program: string, error: unknown, setting: string): unknown {
  if (!(error instanceof ExpectedError) || error instanceof PreflightError) return error;
  return new PreflightError(`${program} does not run: ${error.message}`, {
    hint: `Set \`${setting}\` in the site file to a folder with working PostgreSQL programs.`,
    cause: error,
  });
}

/** Where a program really lies, so that one installation is listed once; undefined when it is not there. */
async function realFolder(
  folder: string,
  name: string,
  platform: NodeJS.Platform,
): Promise<string | undefined> {
  try {
    return path.dirname(await fs.realpath(path.join(folder, fileName(name, platform))));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await fs.stat(file)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function isWrapper(file: string): Promise<boolean> {
  return path.basename(await fs.realpath(file)) === 'pg_wrapper';
}

function fileName(name: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `${name}.exe` : name;
}
