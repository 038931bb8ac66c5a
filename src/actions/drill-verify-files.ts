import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyInput, setPlace, type SetPlace, type PlaceCollaborators } from './set-place.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** Part of the files in copied folders that is read, in percent; what lies outside of them is always read. */
  sample: z.int().min(1).max(100).default(100),
});

/**
 * Reads the files of a complete set again and compares them with what was written. With a sample it is another part of
 * the share each time, so that in the end all of it is read. Damage is an output, since a drill goes on and names all.
 */
export function createDrillVerifyFiles(
  c: Pick<ActionCollaborators, 'clock'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  const look = (place: Pick<SetPlace, 'root'>, set: string): FileOperation => ({
    kind: 'file',
    verb: 'check',
    path: inSet(place, set),
    effect: 'read',
  });
  return {
    name: 'drill.verify-files',
    effect: 'read',
    input,
    onCancel: 'kill',

    describe({ set, copy, sample }, context) {
      const notes = sample === 100 ? [] : [`Of the files in copied folders ${String(sample)}% are read.`];
      return Promise.resolve({ operations: [look(setPlace(c, copy, context), set)], notes });
    },

    prepare: () => Promise.resolve(null),

    async execute({ set, copy, sample }, _before, context) {
      const place = setPlace(c, copy, context);
      const startedAt = c.clock.now().toISOString();
      const part = sample === 100 ? undefined : { percent: sample, seed: randomBytes(8).toString('hex') };
      const { files, bytes, damage } = await context.perform(look(place, set), (signal) =>
        place.verify(set, {
          signal,
          onProgress: (progress) => context.progress(progress),
          ...(part === undefined ? {} : { sample: part }),
        }),
      );
      const sampled = part === undefined ? {} : { samplePercent: part.percent, seed: part.seed };
      const differences = damage.map(({ message }) => message);
      return { found: { startedAt, files, bytes, ...sampled, differences } };
    },

    check: () => Promise.resolve('not-done'),
  };
}
