import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { VerificationError } from '../contract/errors.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { inSet, setInput } from './set-paths.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { lookAtSet } from './set-soundness.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** Open the certificate files too. */
  certificates: z.boolean().default(true),
});

/** What `check.set-files` looks at, of a set that had to be fetched first; before anything of the site is touched. */
export function createRestoreVerifyFetched(
  c: Pick<ActionCollaborators, 'site' | 'secrets' | 'clock' | 'openPfx'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  const look = (root: string, set: string): FileOperation => ({
    kind: 'file',
    verb: 'check',
    path: inSet({ root }, set),
    effect: 'read',
  });
  return {
    name: 'restore.verify-fetched',
    effect: 'read',
    input,
    onCancel: 'kill',
    describe: ({ set, copy }, context) =>
      Promise.resolve({ operations: [look(setPlace(c, copy, context).root, set)] }),
    prepare: () => Promise.resolve(null),

    async execute({ set, copy, certificates }, _before, context) {
      const place = setPlace(c, copy, context);
      const { problems, hint, warnings, files } = await context.perform(look(place.root, set), (signal) =>
        lookAtSet(c, place, set, { certificates, signal }),
      );
      if (problems.length > 0)
        throw new VerificationError(problems.join('; '), {
          changed: 'Nothing of the site was changed.',
          ...(hint === undefined ? {} : { hint }),
        });
      for (const warning of warnings) context.warn(warning.message, warning.hint);
      return { files };
    },

    check: () => Promise.resolve('not-done'),
  };
}
