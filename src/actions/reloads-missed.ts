import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { formatCount, formatLocalTime } from '../foundation/human.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { known, orPlaceholder } from './input.ts';
import { namesOf } from './reload-words.ts';

const input = z.strictObject({
  /** When the last look before the stop was, ISO 8601. */
  since: z.string(),
  /** What was due then; null when that could not be known. */
  due: orPlaceholder(z.array(z.object({ task: z.string(), at: z.string() })).nullable()),
});

/**
 * After the start: names the tasks whose time fell between the last look before the stop and now. Whether Qlik Sense
 * makes up for them is not known, so a person has to look.
 */
export function createReloadsMissed(
  c: Pick<ActionCollaborators, 'clock'>,
): Action<z.infer<typeof input>, null> {
  return {
    name: 'reloads.missed',
    effect: 'read',
    input,
    onCancel: 'kill',
    describe: () => Promise.resolve({ operations: [] }),
    prepare: () => Promise.resolve(null),
    execute({ since, due }, _before, context) {
      const [begin, end] = [Date.parse(since), c.clock.now().getTime()];
      const missed = (known(due) ?? []).filter(({ at }) => Date.parse(at) >= begin && Date.parse(at) <= end);
      if (missed.length > 0)
        context.warn(
          `${formatCount(missed.length, 'task')} ${missed.length === 1 ? 'was' : 'were'} due while the site was down, from ${formatLocalTime(since)} on: ${namesOf(missed, 'at')}.`,
          'Look in the QMC whether they have run since, and start them there if not. Another hour meets fewer of them.',
        );
      return Promise.resolve({ missed: missed.map(({ task, at }) => ({ task, at })) });
    },
    check: () => Promise.resolve('not-done'),
  };
}
