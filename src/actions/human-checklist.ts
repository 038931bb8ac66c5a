import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { HumanOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';

const input = z.strictObject({
  /** What a person looks at or does afterwards, one plain sentence each. */
  items: z.array(z.string().min(1)).min(1),
});

/**
 * Asks of each item whether it is done. None of them holds up the run: what is open, and everything where nobody can be
 * asked, stays in the report as a warning.
 */
export function createHumanChecklist(
  c: Pick<ActionCollaborators, 'person'>,
): Action<z.infer<typeof input>, null> {
  const operationFor = (text: string): HumanOperation => ({
    kind: 'human',
    text,
    effect: 'read',
    // Where nobody can be asked it is not.
    repeat: true,
  });
  return {
    name: 'human.checklist',
    effect: 'read',
    input,
    onCancel: 'kill',
    describe: ({ items }) => Promise.resolve({ operations: items.map(operationFor) }),
    prepare: () => Promise.resolve(null),

    async execute({ items }, _before, context) {
      const done: string[] = [];
      const open: string[] = [];
      for (const item of items) {
        const answer =
          c.person.canAsk &&
          (await context.perform(operationFor(item), (signal) => c.person.confirm(item, signal)));
        (answer ? done : open).push(item);
      }
      for (const item of open) context.warn(`Not done yet: ${item}`);
      return { done, open };
    },

    check: () => Promise.resolve('not-done'),
  };
}
