import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { UsageError } from '../contract/errors.ts';
import { loadRunbookFile } from './load.ts';
import type { LoadedRunbook } from './loaded.ts';
import { unknownRunbook } from './unknown-runbook.ts';

/** Where runbooks lie: those that come with the tool, and the user's own. */
export interface RunbookFolders {
  readonly shipped: string;
  /** Folders that need not exist. */
  readonly own: readonly string[];
}

/** A runbook's file; the name is the file's name. */
export interface RunbookFile {
  readonly name: string;
  readonly file: string;
  readonly origin: 'shipped' | 'own';
}

/** A runbook as a listing shows it: one with mistakes is listed with its error, and hides no other. */
export interface ListedRunbook extends RunbookFile {
  readonly runbook?: LoadedRunbook;
  readonly error?: UsageError;
}

/** The files of all runbooks, shipped ones first, each folder by name. @throws UsageError when a folder cannot be read. */
export async function findRunbooks(folders: RunbookFolders): Promise<RunbookFile[]> {
  const shipped = await filesIn(folders.shipped, 'shipped');
  const own = await Promise.all(folders.own.map((folder) => filesIn(folder, 'own')));
  return [...shipped, ...own.flat()];
}

/** Every runbook, loaded. */
export async function listRunbooks(folders: RunbookFolders): Promise<ListedRunbook[]> {
  const files = await findRunbooks(folders);
  return Promise.all(
    files.map(async (entry): Promise<ListedRunbook> => {
      try {
        return { ...entry, runbook: await loadUnique(entry, files) };
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return { ...entry, error };
      }
    }),
  );
}

/**
 * Loads a runbook by its name.
 * @throws UsageError when there is none of that name (naming the nearest), more than one, or when it has mistakes.
 */
export async function loadRunbookByName(name: string, folders: RunbookFolders): Promise<LoadedRunbook> {
  const files = await findRunbooks(folders);
  const found = files.find((entry) => entry.name === name);
  if (found !== undefined) return loadUnique(found, files);
  throw unknownRunbook(name, [...new Set(files.map((entry) => entry.name))]);
}

async function loadUnique(entry: RunbookFile, files: readonly RunbookFile[]): Promise<LoadedRunbook> {
  const namesakes = files.filter((other) => other.name === entry.name).map((other) => other.file);
  if (namesakes.length > 1)
    throw new UsageError(`there is more than one runbook "${entry.name}": ${namesakes.join(', ')}`, {
      hint: 'Give your own runbook a name that no other has: its file name and its `name`.',
    });
  const runbook = await loadRunbookFile(entry.file);
  if (runbook.name !== entry.name)
    throw new UsageError(
      `${entry.file}: the name in the file is "${runbook.name}" and must be the file's name, "${entry.name}"`,
    );
  return runbook;
}

async function filesIn(folder: string, origin: RunbookFile['origin']): Promise<RunbookFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && origin === 'own') return [];
    throw new UsageError(`the folder of runbooks ${folder} cannot be read (${String(code)})`, {
      cause: error,
    });
  }
  return names
    .filter((name) => ['.yaml', '.yml'].includes(extname(name).toLowerCase()))
    .sort()
    .map((name) => ({ name: basename(name, extname(name)), file: join(folder, name), origin }));
}
