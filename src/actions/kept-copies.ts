import fs from 'node:fs/promises';
import path from 'node:path';
import type { FileOperation } from '../contract/operation.ts';
import { makeFolder } from '../vault/make-folder.ts';

/** Bytes of a file as latin1 text; undefined when it is not there. */
export async function textIfThere(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The copy of a file as it was to where the run keeps it. */
export function copyOperation(source: string, copy: string): FileOperation {
  return { kind: 'file', verb: 'copy', path: copy, source, effect: 'change', repeat: true };
}

/** The writing of a file in its place. */
export function writeOperation(file: string): FileOperation {
  return { kind: 'file', verb: 'write', path: file, effect: 'change', repeat: true };
}

/** Keeps the latin1 text of a file, once: what is there at a later attempt may be changed already, or half written. */
export async function keepOnce(copy: string, text: string): Promise<void> {
  if ((await textIfThere(copy)) !== undefined) return;
  await makeFolder(path.dirname(copy));
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await writeFileAtomic(copy, text, { encoding: 'latin1', mode: 0o600 });
}

/**
 * Writes latin1 text in place: a new file would not have the owner and the rights that a service needs. A write that is cut
 * off leaves the beginning of it, which a later attempt and the undo recognise.
 */
export async function writeText(file: string, text: string): Promise<void> {
  await fs.writeFile(file, text, { encoding: 'latin1', flush: true });
}
