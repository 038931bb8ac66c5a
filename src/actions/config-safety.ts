import fs from 'node:fs/promises';
import path from 'node:path';
import type { ExecuteContext, ReadContext } from '../contract/action.ts';
import { ExpectedError, StepError } from '../contract/errors.ts';
import type { FileOperation } from '../contract/operation.ts';
import { makeFolder } from '../vault/make-folder.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { readIfThere, sha256 } from './config-changes.ts';
import { safetyFolder } from './safety.ts';
import { pathAsName } from './set-paths.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** A configuration file that is changed; JSON, for the journal. Hashes are SHA-256. */
export type ChangedFile = {
  target: string;
  /** Of what was there; null: nothing was. */
  old: string | null;
  /** Of what it becomes. */
  new: string;
};

type Collaborators = Pick<ActionCollaborators, 'stateFolder'>;
type Place = Pick<ReadContext, 'run' | 'node'>;

/** Folder of this run for the configuration files of a node as they were. */
export function configFolder(c: Collaborators, context: Place): string {
  return safetyFolder(c, context, 'config', context.node.name);
}

/** Where the file as it was is kept. */
export function keptFile(c: Collaborators, context: Place, target: string): string {
  return path.join(configFolder(c, context), ...pathAsName(target).split('/'));
}

/** The copy of a file as it is into the safety folder. */
export function keepOperation(c: Collaborators, context: Place, target: string): FileOperation {
  return { kind: 'file', verb: 'copy', source: target, path: keptFile(c, context, target), effect: 'change' };
}

/**
 * Keeps a file as it was, once: what an earlier attempt kept whole stays.
 * @throws StepError when neither the file nor what was kept is as it was at first
 */
export async function keepFile(c: Collaborators, context: ExecuteContext, file: ChangedFile): Promise<void> {
  const { target, old } = file;
  if (old === null || (await hasHash(keptFile(c, context, target), old))) return;
  const data = await readIfThere(target);
  if (data === undefined || sha256(data) !== old)
    throw new StepError(`${target} was changed since this step looked at it; it stays as it is`, {
      hint: 'Look who changes it, then make a new plan.',
    });
  await context.perform(keepOperation(c, context, target), async () => {
    const kept = keptFile(c, context, target);
    await makeFolder(path.dirname(kept));
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await writeFileAtomic(kept, data, { mode: 0o600 });
  });
}

/** Whether the content is what was there before, or what the run wrote. */
export function isKnown(present: Buffer, { old, new: fresh }: ChangedFile): boolean {
  return [old, fresh].includes(sha256(present));
}

/** Whether a file is what a write of `whole` that was cut off has left. */
export function isBeginning(present: Buffer, whole: Buffer): boolean {
  return present.length < whole.length && whole.subarray(0, present.length).equals(present);
}

/**
 * Whether somebody edited a file since the run first looked at it: it is neither what it was, nor what the run makes of it,
 * nor a part of that. A file of which nothing is kept was never touched by the run.
 */
export async function wasEdited(
  c: Collaborators,
  context: Place,
  file: ChangedFile,
  content: Buffer,
): Promise<boolean> {
  const present = await readIfThere(file.target);
  if (present === undefined || isKnown(present, file)) return false;
  if (file.old === null) return true;
  return !isBeginning(present, content) && (await hasHash(keptFile(c, context, file.target), file.old));
}

/** Whether a file is there and has that SHA-256. */
export async function hasHash(file: string, hash: string): Promise<boolean> {
  const data = await readIfThere(file);
  return data !== undefined && sha256(data) === hash;
}

/**
 * Writes a file in its place, so that its access rights stay. What a kill leaves half is written again by the next attempt,
 * or put back from the safety folder; a new one, of which nothing is kept, comes all or nothing. @throws StepError
 */
export async function writeInPlace(target: string, data: Buffer, isNew = false): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  try {
    await (isNew ? writeFileAtomic(target, data) : fs.writeFile(target, data, { flush: true }));
  } catch (error) {
    if (error instanceof ExpectedError || !(error instanceof Error && 'code' in error)) throw error;
    throw new StepError(`${target} cannot be written: ${reasonOf(error)}`, {
      hint: 'Look whether this account may write there, whether the file is read-only, and whether the disk is full.',
      changed: 'The file as it was is kept in the safety folder of the run.',
      cause: error,
    });
  }
}
