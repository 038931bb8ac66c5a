import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';
import { orPlaceholder } from './input.ts';
import { inSet } from './set-paths.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { lookAtSet, soundText } from './set-soundness.ts';

const input = z.strictObject({
  set: orPlaceholder(z.string().min(1)),
  copy: copyInput,
  /** Open the certificate files too. */
  certificates: z.boolean().default(true),
});

/**
 * Whether a set can be restored as it was written, and its certificate files open with the password of the site file. A
 * set in a repository is looked at by `restore.verify-fetched`.
 */
export function createCheckSetFiles(
  c: Pick<ActionCollaborators, 'site' | 'secrets' | 'clock' | 'openPfx'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  const id = 'set-files';
  const look = (root: string, set: string): FileOperation => ({
    kind: 'file',
    verb: 'check',
    path: inSet({ root }, set),
    effect: 'read',
  });
  return createCheck({
    name: 'check.set-files',
    input,
    whilePlanning: false,
    operations({ set, copy }, context) {
      const place = setPlace(c, copy, context);
      return place.source === undefined ? [look(place.root, set)] : [];
    },
    async probe({ set, copy, certificates }, context, perform) {
      const place = setPlace(c, copy, context);
      if (place.source !== undefined)
        return { checks: [{ id, status: 'ok', message: 'The set is looked at once it is fetched.' }] };
      try {
        const found = await perform(look(place.root, set), (signal) =>
          lookAtSet(c, place, set, { certificates, signal }),
        );
        const { problems, hint, warnings } = found;
        const checks: CheckResult[] = [
          ...problems.map((message): CheckResult => ({
            id,
            status: 'failed',
            message,
            ...(hint === undefined ? {} : { hint }),
          })),
          ...warnings.map((warning): CheckResult => ({ id, status: 'warning', ...warning })),
        ];
        if (problems.length === 0)
          checks.unshift({ id, status: 'ok', message: soundText(found, certificates) });
        return { checks };
      } catch (error) {
        context.signal.throwIfAborted();
        const hint = adviceOf(error);
        return {
          checks: [{ id, status: 'failed', message: factOf(error), ...(hint === undefined ? {} : { hint }) }],
        };
      }
    },
  });
}
