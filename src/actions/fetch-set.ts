import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { nameOf, placeOf } from '../vault/restic/target.ts';
import { removalOf } from './scratch.ts';
import { copyInput, setSource, fetchedFolder, type PlaceCollaborators } from './set-place.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({ set: setInput, copy: copyInput });

/** An action that fetches a set, with nothing to undo. */
export type FetchAction = Action<z.infer<typeof input>, null>;

/** Makes an action that fetches a set from the repository it is in, into a folder of this run; nothing where it is a folder. */
export function createFetch(c: PlaceCollaborators, name: string): FetchAction {
  const makeFolder = (folder: string): FileOperation => ({
    kind: 'file',
    verb: 'make-folder',
    path: folder,
    effect: 'change',
  });
  return {
    name,
    effect: 'change',
    input,
    onCancel: 'kill',

    describe({ set, copy }, context) {
      const source = setSource(c, copy);
      if (source === undefined)
        return Promise.resolve({ operations: [], notes: ['The set is a folder: nothing is fetched.'] });
      const folder = fetchedFolder(c, context);
      const from = `${nameOf(source.target)} (${placeOf(source.target)})`;
      return Promise.resolve({
        operations: [makeFolder(folder), ...source.materializeOperations(set, folder)],
        notes: [`All of ${set} is fetched from ${from} into ${folder}, and removed in the end.`],
      });
    },

    prepare: () => Promise.resolve(null),

    async execute({ set, copy }, _before, context) {
      const source = setSource(c, copy);
      if (source === undefined) return {};
      const into = fetchedFolder(c, context);
      await context.perform(makeFolder(into), (signal) =>
        source.materialize(set, { signal, into, run: (operation, how) => context.exec(operation, how) }),
      );
      return { folder: into, from: nameOf(source.target) };
    },

    check: () => Promise.resolve('not-done'),

    cleanUp: (_input, _before, context) => removeFetched(c, context),
  };
}

/** Makes an action that removes the set that this run has fetched, whatever of it there is. */
export function createRemoveFetched(
  c: Pick<PlaceCollaborators, 'scratch'>,
  name: string,
): Action<Record<string, never>, null> {
  return {
    name,
    effect: 'change',
    input: z.strictObject({}),
    onCancel: 'wait',
    describe: (_input, context) => Promise.resolve({ operations: [removalOf(fetchedFolder(c, context))] }),
    prepare: () => Promise.resolve(null),
    async execute(_input, _before, context) {
      const removed = await context.perform(removalOf(fetchedFolder(c, context)), () =>
        removeFetched(c, context),
      );
      return { removed: removed.length > 0 };
    },

    // Removing what is not there is harmless: it is done again.
    check: () => Promise.resolve('not-done'),
  };
}

/** Removes what the run has fetched. Gives what was done. */
export async function removeFetched(
  c: Pick<PlaceCollaborators, 'scratch'>,
  context: Parameters<typeof fetchedFolder>[1],
): Promise<string[]> {
  const folder = fetchedFolder(c, context);
  try {
    await fs.rm(folder, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return [`removed the fetched backup set in ${folder}`];
}
