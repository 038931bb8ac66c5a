import fs from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from './error-codes.ts';

/** Where to look for PostgreSQL programs. */
export interface ProgramSearch {
  /** The folder the site names (`database.bin`); it comes first and must be complete. */
  readonly folder?: string;
  /** Further folders to look into, before the usual ones. */
  readonly candidates?: readonly string[];
  readonly platform: NodeJS.Platform;
  /** Default: the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Folders with one sub-folder a version, and what lies between that and the programs. */
const VERSIONED: Partial<Record<NodeJS.Platform, readonly { parent: string; match: RegExp; bin: string }[]>> =
  {
    // Qlik's bundled copy first: it is the one that belongs to the site (manual 5.6, p. 208).
    win32: [
      { parent: 'C:\\Program Files\\Qlik\\Sense\\Repository\\PostgreSQL', match: /^\d/, bin: 'bin' },
      { parent: 'C:\\Program Files\\PostgreSQL', match: /^\d/, bin: 'bin' },
    ],
    linux: [{ parent: '/usr/lib/postgresql', match: /^\d/, bin: 'bin' }],
    darwin: [
      { parent: '/Library/PostgreSQL', match: /^\d/, bin: 'bin' },
      { parent: '/opt/homebrew/opt', match: /^(postgresql|libpq)/, bin: 'bin' },
      { parent: '/usr/local/opt', match: /^(postgresql|libpq)/, bin: 'bin' },
    ],
  };

/** RPM packages of PostgreSQL: /usr/pgsql-15/bin. */
const RPM = { parent: '/usr', match: /^pgsql-\d/, bin: 'bin' };

/**
 * Lists folders that may hold PostgreSQL programs, the site's own first, then PATH, then where installers of the
 * platform put them, newest version first. Only the given folder is sure to exist.
 */
export async function listProgramFolders(search: ProgramSearch): Promise<string[]> {
  const environment = search.environment ?? process.env;
  const onPath = pathOf(environment)
    .split(search.platform === 'win32' ? ';' : ':')
    .filter((entry) => path.isAbsolute(entry));
  const usual = [...(VERSIONED[search.platform] ?? []), ...(search.platform === 'linux' ? [RPM] : [])];
  const installed = await Promise.all(usual.map(listVersions));
  return unique([
    ...(search.folder === undefined ? [] : [search.folder]),
    ...(search.candidates ?? []),
    ...onPath,
    ...installed.flat(),
  ]);
}

function pathOf(environment: Readonly<Record<string, string | undefined>>): string {
  const name = Object.keys(environment).find((key) => key.toUpperCase() === 'PATH');
  return (name === undefined ? undefined : environment[name]) ?? '';
}

async function listVersions(place: { parent: string; match: RegExp; bin: string }): Promise<string[]> {
  let names: string[];
  try {
    names = await fs.readdir(place.parent);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return names
    .filter((name) => place.match.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => path.join(place.parent, name, place.bin));
}

function unique(folders: readonly string[]): string[] {
  return [...new Set(folders.map((folder) => path.resolve(folder)))];
}
