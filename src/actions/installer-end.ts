import fs from 'node:fs/promises';
import path from 'node:path';
import type { ExecuteContext, ReadContext } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { makeFolder } from '../vault/make-folder.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { safetyFolder } from './safety.ts';

/** How an attempt to run an installer ended. */
export interface InstallerEnd {
  readonly code: number;
  /** It did what it was to do, but for a restart. */
  readonly done: boolean;
  /** Why Windows wanted to be restarted after it and not before, or why setup said so; empty: no restart is needed. */
  readonly restart: readonly string[];
}

type Collaborators = Pick<ActionCollaborators, 'stateFolder'>;
type Place = Pick<ReadContext, 'run' | 'node'>;

/** Writes down that it begins, and how it ended. */
export function endOperation(c: Collaborators, context: Place): FileOperation {
  return { kind: 'file', verb: 'write', path: endFile(c, context), effect: 'change', repeat: true };
}

/** Writes it down. `began`: before the program is started; without an end in its place the attempt was cut off. */
export async function keepEnd(
  c: Collaborators,
  context: ExecuteContext,
  end: InstallerEnd | 'began',
): Promise<void> {
  await context.perform(endOperation(c, context), async () => {
    const file = endFile(c, context);
    await makeFolder(path.dirname(file));
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await writeFileAtomic(file, `${JSON.stringify(end)}\n`, { mode: 0o600 });
  });
}

/** How the last attempt ended; `began`: it was cut off; undefined: no program was started. */
export async function keptEnd(c: Collaborators, context: Place): Promise<InstallerEnd | 'began' | undefined> {
  try {
    return JSON.parse(await fs.readFile(endFile(c, context), 'utf8')) as InstallerEnd | 'began';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function endFile(c: Collaborators, { run, node }: Place): string {
  return safetyFolder(c, { run }, 'installers', `${run.step}-${node.name}.json`);
}
