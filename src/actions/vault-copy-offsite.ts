import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { ExpectedError, messageOf } from '../contract/errors.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { sendOperations, sendTo, type SentTo } from './offsite.ts';
import { orPlaceholder } from './input.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  /** What `check.offsite` has warned of in this run. */
  told: orPlaceholder(z.array(z.string())).nullable().default([]),
});

/** Sends the set to every offsite copy. One that fails is a warning: the backup itself is good. */
export function createVaultCopyOffsite(
  c: Pick<ActionCollaborators, 'vault' | 'offsite' | 'clock'>,
): Action<z.infer<typeof input>, null> {
  const { offsite } = c;
  return {
    name: 'vault.copy-offsite',
    effect: 'change',
    input,
    onCancel: 'kill',

    describe: ({ set }) =>
      Promise.resolve({
        operations: offsite.copies.flatMap((copy) => sendOperations(copy, offsite.local.root, set)),
        notes: offsite.copies.length === 0 ? ['The site file names no copies (vault.copies).'] : [],
      }),

    prepare: () => Promise.resolve(null),

    async execute({ set, told }, _before, context) {
      const sent: SentTo[] = [];
      const failed: string[] = [];
      // A resumed run begins here, and the sets must stay as they are while they are read.
      if (offsite.copies.length > 0) await c.vault.lock(context.run.id);
      for (const copy of offsite.copies) {
        try {
          sent.push(await sendTo(copy, c, set, context));
        } catch (error) {
          context.signal.throwIfAborted();
          if (!(error instanceof ExpectedError)) throw error;
          const { name } = copy.target;
          failed.push(name);
          if (Array.isArray(told) && told.includes(messageOf(error))) continue;
          context.warn(
            `Set ${set} was not sent to copy ${name}: ${messageOf(error)}`,
            `${error.hint ?? 'Look at that repository.'} The backup itself is good; the next one sends what is missing.`,
          );
        }
      }
      return { sent: sent.map((one) => ({ ...one })), failed };
    },

    // What is there already is not sent again.
    check: () => Promise.resolve('not-done'),
  };
}
