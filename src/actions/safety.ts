import fs from 'node:fs/promises';
import path from 'node:path';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import type { FileOperation } from '../contract/operation.ts';
import { makeFolder } from '../vault/make-folder.ts';
import type { ActionCollaborators } from './collaborators.ts';

type Collaborators = Pick<ActionCollaborators, 'stateFolder'>;
type Place = Pick<ReadContext, 'run' | 'node'>;

/** Folder of this run for what is replaced and has no place of its own beside the new: `<state>/runs/<run>/safety`. */
export function safetyFolder(
  c: Collaborators,
  { run }: Pick<ReadContext, 'run'>,
  ...names: readonly string[]
): string {
  return path.join(c.stateFolder, 'runs', run.id, 'safety', ...names);
}

/** Writes down what was there before the first attempt of a step on a node. */
export function keepBeforeOperation(c: Collaborators, context: Place): FileOperation {
  return { kind: 'file', verb: 'write', path: beforeFile(c, context), effect: 'change', repeat: true };
}

/**
 * What was there before the first attempt of this step: after a kill, `look` would see what that attempt has done, and
 * what is put back would be half of it. @throws StepError when the file of that attempt cannot be read
 */
export async function firstBefore<Before extends JsonValue>(
  c: Collaborators,
  context: Place,
  look: () => Promise<Before>,
): Promise<Before> {
  return ((await keptBefore(c, context)) as Before | undefined) ?? look();
}

/** What an earlier attempt of this step wrote down; undefined when there was none. @throws StepError */
export async function keptBefore(c: Collaborators, context: Place): Promise<JsonValue | undefined> {
  const file = beforeFile(c, context);
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as JsonValue;
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

function beforeFile(c: Collaborators, context: Place): string {
  return safetyFolder(c, context, 'before', `${context.run.step}-${context.node.name}.json`);
}

type Discard<Input, Before extends JsonValue> = Required<
  Pick<Action<Input, Before>, 'discard' | 'describeDiscard'>
>;

/**
 * What `cleanup` does about a step that keeps things in the safety folder: `copies` (files or folders, which count in the
 * estimate), `notes` about them, and what {@link keepBefore} wrote down go for good.
 */
export function discardKept<Input, Before extends JsonValue>(
  c: Collaborators,
  copies: (context: Place) => readonly string[],
  notes: (context: Place) => readonly string[] = () => [],
): Discard<Input, Before> {
  const removals = (context: Place): FileOperation[] =>
    [...copies(context), ...notes(context), beforeFile(c, context)].map((place) => ({
      kind: 'file',
      verb: 'remove',
      path: place,
      effect: 'destroy',
    }));
  return {
    async describeDiscard(_input, _before, _outputs, context) {
      const counted = copies(context);
      const operations: FileOperation[] = [];
      const sizes: number[] = [];
      for (const removal of removals(context)) {
        const found = await sizesIn(removal.path);
        if (found === undefined) continue;
        operations.push(removal);
        if (counted.includes(removal.path)) sizes.push(...found);
      }
      return {
        operations,
        estimate: { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) },
      };
    },

    async discard(_input, _before, _outputs, context) {
      for (const removal of removals(context)) {
        if (!context.isPlanned(removal)) continue;
        await context.perform(removal, () => fs.rm(removal.path, { recursive: true, force: true }));
      }
    },
  };
}

/** Bytes of a file, or of each below a folder; undefined when nothing is there. */
async function sizesIn(place: string): Promise<number[] | undefined> {
  try {
    const found = await fs.lstat(place);
    if (!found.isDirectory()) return [found.size];
    const entries = await fs.readdir(place, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return await Promise.all(
      files.map(async ({ parentPath, name }) => (await fs.lstat(path.join(parentPath, name))).size),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
