import fs from 'node:fs/promises';
import path from 'node:path';
import type { ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import type { FileOperation } from '../contract/operation.ts';
import { fileSize } from '../vault/file-size.ts';
import { makeFolder } from '../vault/make-folder.ts';
import type { ActionCollaborators } from './collaborators.ts';

type Collaborators = Pick<ActionCollaborators, 'stateFolder'>;

/** Folder of this run for what is replaced and has no place of its own beside the new: `<state>/runs/<run>/safety`. */
export function safetyFolder(
  c: Collaborators,
  { run }: Pick<ReadContext, 'run'>,
  ...names: readonly string[]
): string {
  return path.join(c.stateFolder, 'runs', run.id, 'safety', ...names);
}

/** Writes down what was there before the first attempt of a step on a node. */
export function keepBeforeOperation(
  c: Collaborators,
  context: Pick<ReadContext, 'run' | 'node'>,
): FileOperation {
  return { kind: 'file', verb: 'write', path: beforeFile(c, context), effect: 'change' };
}

/**
 * What was there before the first attempt of this step: after a kill, `look` would see what that attempt has done, and
 * what is put back would be half of it. @throws StepError when the file of that attempt cannot be read
 */
export async function firstBefore<Before extends JsonValue>(
  c: Collaborators,
  context: Pick<ReadContext, 'run' | 'node'>,
  look: () => Promise<Before>,
): Promise<Before> {
  const file = beforeFile(c, context);
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return look();
    throw error;
  }
  try {
    return JSON.parse(text) as Before;
  } catch (cause) {
    throw new StepError(`${file} cannot be read: what was there before this step is not known`, {
      hint: 'Look at the journal of the run, which has it too, then put things back by hand.',
      cause,
    });
  }
}

/** Keeps it for the attempts to come; to be called before the first effect. */
export async function keepBefore(
  c: Collaborators,
  context: ExecuteContext,
  before: JsonValue,
): Promise<void> {
  await context.perform(keepBeforeOperation(c, context), async () => {
    const file = beforeFile(c, context);
    await makeFolder(path.dirname(file));
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await writeFileAtomic(file, `${JSON.stringify(before, null, 2)}\n`, { mode: 0o600 });
  });
}

function beforeFile(c: Collaborators, context: Pick<ReadContext, 'run' | 'node'>): string {
  return safetyFolder(c, context, 'before', `${context.run.step}-${context.node.name}.json`);
}

/** The removal of what {@link keepBefore} kept, where there is something. */
export async function discardBeforeOperations(
  c: Collaborators,
  context: Pick<ReadContext, 'run' | 'node'>,
): Promise<FileOperation[]> {
  return (await fileSize(beforeFile(c, context))) === undefined ? [] : [discardOperation(c, context)];
}

/** Removes it. */
export async function discardBefore(c: Collaborators, context: ExecuteContext): Promise<void> {
  const operation = discardOperation(c, context);
  if (!context.isPlanned(operation)) return;
  await context.perform(operation, () => fs.rm(operation.path, { force: true }));
}

function discardOperation(c: Collaborators, context: Pick<ReadContext, 'run' | 'node'>): FileOperation {
  return { kind: 'file', verb: 'remove', path: beforeFile(c, context), effect: 'destroy' };
}
