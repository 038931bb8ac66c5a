import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { MANIFEST } from '../vault/set-names.ts';
import { isPlaceholder, known, orPlaceholder } from './input.ts';
import { compareRepository, repositoryFacts } from './repository-difference.ts';
import { copyInput, setPlace, type PlaceCollaborators, type SetPlace } from './set-place.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** What the repository API tells now: output of `repository.ask`; null when it could not be asked. */
  repository: orPlaceholder(z.record(z.string(), z.json()).nullable()).optional(),
  /** False: a step of its own looks at the license. */
  license: z.boolean().default(true),
});

/**
 * Compares what the repository API tells now with what it told when the set was made: a restored site has the same apps,
 * users, streams, tasks and license. Differences are warnings, for people may be at work already.
 */
export function createRepositoryCompare(c: PlaceCollaborators): Action<z.infer<typeof input>, null> {
  const read = (place: Pick<SetPlace, 'root'>, set: string): FileOperation => ({
    kind: 'file',
    verb: 'read',
    path: inSet(place, set, MANIFEST),
    effect: 'read',
  });
  return {
    name: 'repository.compare',
    effect: 'read',
    input,
    onCancel: 'kill',

    async describe({ set, copy, repository }, context) {
      const place = setPlace(c, copy, context);
      const notes: string[] = [];
      if (known(repository) === null)
        notes.push('The repository API cannot be asked here: nothing is compared.');
      if (!isPlaceholder(set)) {
        const manifest = await place.read(set);
        if (repositoryFacts(manifest['repository']) === undefined)
          notes.push('The set has no counts of the repository: nothing is compared.');
      }
      return { operations: [read(place, set)], notes };
    },

    prepare: () => Promise.resolve(null),

    async execute({ set, copy, repository, license }, _before, context) {
      const place = setPlace(c, copy, context);
      const manifest = await context.perform(read(place, set), () => place.read(set));
      const recorded = repositoryFacts(manifest['repository']);
      const now = repositoryFacts(known(repository));
      if (recorded === undefined)
        return { compared: false, reason: 'The set has no counts of the repository.' };
      if (now === undefined) return { compared: false, reason: 'The repository API was not asked now.' };
      const differences = compareRepository(recorded, now, { license });
      for (const { message, hint } of differences) context.warn(message, hint);
      return { compared: true, differences: differences.map(({ message }) => message) };
    },

    check: () => Promise.resolve('not-done'),
  };
}
