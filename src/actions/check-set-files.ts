import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { createCheck } from './check-action.ts';
import { orPlaceholder } from './input.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { inSet } from './set-paths.ts';
import { adviceOf, factOf } from './failure.ts';

/** Of the files in copied folders so many percent are read; all the others are compared with their hash while they are copied. */
const SAMPLE_PERCENT = 1;

const input = z.strictObject({ set: orPlaceholder(z.string().min(1)), copy: copyInput });

/**
 * Whether a set is still as it was written: dumps, certificates and configuration are read whole, of the share a part is
 * read and the size of every file is looked at. A set in a repository is looked at when it was fetched.
 */
export function createCheckSetFiles(c: PlaceCollaborators): Action<z.infer<typeof input>, null> {
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
    operations: ({ set, copy }, context) => [look(setPlace(c, copy, context).root, set)],
    async probe({ set, copy }, context, perform) {
      const id = 'set-files';
      const place = setPlace(c, copy, context);
      if (place.source !== undefined)
        return { checks: [{ id, status: 'ok', message: 'The set is looked at when it was fetched.' }] };
      try {
        const { damage, files } = await perform(look(place.root, set), (signal) =>
          place.verify(set, {
            signal,
            sample: { percent: SAMPLE_PERCENT, seed: randomBytes(8).toString('hex') },
          }),
        );
        if (damage.length === 0)
          return {
            checks: [
              {
                id,
                status: 'ok',
                message: `The set is as it was written: databases, certificates and configuration read again, and a part of the share (${String(files)} files in all).`,
              },
            ],
          };
        const shown = damage.slice(0, 10).map(({ message }) => message);
        const more = damage.length > shown.length ? [`and ${String(damage.length - shown.length)} more`] : [];
        return {
          checks: [
            {
              id,
              status: 'failed',
              message: `The set is damaged: ${[...shown, ...more].join('; ')}`,
              hint: `Choose another set: sense-runbook backups. What is wrong: sense-runbook backups verify ${set}`,
            },
          ],
        };
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
