import fs from 'node:fs/promises';
import path from 'node:path';
import type { ExecuteContext, ReadContext } from '../contract/action.ts';
import type { JsonValue } from '../contract/json.ts';
import type { FileOperation } from '../contract/operation.ts';
import { makePrivateFolder } from '../site/state-folder.ts';
import type { ActionCollaborators } from './collaborators.ts';

type Run = Pick<ReadContext, 'run'>;

/** Folder of a run for what its rollback may need: exported certificates, configuration, old values. */
export function safetyFolder(
  { stateFolder }: Pick<ActionCollaborators, 'stateFolder'>,
  { run }: Run,
): string {
  return path.join(stateFolder, 'runs', run.id, 'safety');
}

/**
 * Writes down what was there before a step, for its later attempts: they find things half changed, and a rollback goes by
 * the newest attempt.
 */
export function keepOperation(
  c: Pick<ActionCollaborators, 'stateFolder'>,
  context: Run,
  name: string,
): FileOperation {
  return {
    kind: 'file',
    verb: 'write',
    path: path.join(safetyFolder(c, context), name),
    effect: 'change',
    repeat: true,
  };
}

/** Performs it. */
export async function keepBefore(
  context: ExecuteContext,
  operation: FileOperation,
  before: JsonValue,
): Promise<void> {
  await context.perform(operation, async () => {
    await makePrivateFolder(path.dirname(operation.path));
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await writeFileAtomic(operation.path, `${JSON.stringify(before, null, 2)}\n`, { mode: 0o600 });
  });
}

/** What an earlier attempt of this run wrote down; undefined when there was none. */
export async function keptBefore(file: string): Promise<unknown> {
  const text = await textIfThere(file);
  // Written as UTF-8.
  return text === undefined
    ? undefined
    : (JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) as unknown);
}

/** Bytes of a file as latin1 text; undefined when it is not there. */
export async function textIfThere(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
