import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import { UsageError, VerificationError } from '../contract/errors.ts';
import type { FileOperation, Operation } from '../contract/operation.ts';
import { refusalToRemove } from '../vault/keep-back.ts';
import { decideRetention, type RetentionDecision, type RetentionSet } from '../vault/retention.ts';
import { DELETING } from '../vault/set-names.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { isDiskFull } from '../vault/storage-error.ts';
import { isPlaceholder } from './input.ts';
import { inSet, SET, setInput } from './set-paths.ts';

const input = z.strictObject({
  /** One set that a person wants gone; empty: those that the retention of the site file lets go. */
  set: z.string().default(''),
  /** The set that this run makes: while planning it counts as made now. */
  'new-set': setInput.optional(),
  /** `warn`: a set that cannot be removed is a warning; the next run tries again. */
  'on-trouble': z.enum(['fail', 'warn']).default('fail'),
});

type Input = z.infer<typeof input>;

/**
 * Removes backup sets: by the retention of the site file, which is a `change` (it never takes the newest complete nor
 * the newest proven set), or the one that is named, which is a `destroy` (design rule 5.5). Only what the plan named is
 * removed; what the rules let go since then waits for the next run.
 */
export function createVaultPrune(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'clock'>,
): Action<Input, null> {
  const remove = (set: string, effect: 'change' | 'destroy'): FileOperation => ({
    kind: 'file',
    verb: 'remove',
    path: inSet(c.vault, set),
    effect,
    // It may be gone, or be kept after all, by then.
    repeat: true,
  });

  async function namedSet(id: string): Promise<FileOperation> {
    const sets = await c.vault.list();
    const refusal = refusalToRemove(sets, id, c.vault.root);
    if (refusal !== undefined) throw new UsageError(refusal.message, { hint: refusal.hint });
    return remove(id, 'destroy');
  }

  /** `blocked`: why nothing goes, whatever the rules say. */
  function decide(sets: readonly RetentionSet[]): { doomed: RetentionDecision[]; blocked?: string } {
    const { decisions, ...rest } = decideRetention(sets, c.site.vault.retention, c.clock.now());
    return { ...rest, doomed: decisions.filter(({ decision }) => decision === 'remove') };
  }

  const operationFor = ({ set, state }: RetentionDecision): FileOperation =>
    remove(state === 'deleting' ? DELETING + set : set, 'change');

  /** The programs that removing them takes, each named once though it may run for every set. */
  async function programsFor(sets: readonly string[]): Promise<Operation[]> {
    const all = (await Promise.all(sets.map((set) => c.vault.removeOperations(set)))).flat();
    return [...new Map(all.map((operation) => [JSON.stringify(operation), operation])).values()];
  }

  const removeBy = (set: string, context: ExecuteContext): Promise<void> =>
    c.vault.remove(set, { run: (operation, how) => context.exec(operation, how) });

  /**
   * Takes the lock, once. On a full disk there is no room for it before a set is gone: until then only the removal itself
   * looks that nobody else has the vault. Who begins to write there meanwhile meets the full disk too.
   */
  function lockWhenThereIsRoom(run: string): () => Promise<void> {
    let held = false;
    return async () => {
      if (held) return;
      try {
        await c.vault.lock(run);
        held = true;
      } catch (error) {
        if (!isDiskFull(error)) throw error;
      }
    };
  }

  async function removeByRules(
    given: Input,
    context: ExecuteContext,
    lock: () => Promise<void>,
  ): Promise<string[]> {
    const { doomed } = decide(await c.vault.list());
    const removed: string[] = [];
    for (const decision of doomed) {
      const operation = operationFor(decision);
      if (!context.isPlanned(operation)) continue;
      context.progress({ text: decision.set });
      await lock();
      try {
        await context.perform(operation, () => removeBy(decision.set, context));
        removed.push(decision.set);
      } catch (error) {
        if (given['on-trouble'] === 'fail' || context.signal.aborted) throw error;
        context.warn(
          `the old backup set ${decision.set} could not be removed: ${factOf(error)}`,
          'It is harmless, and is not offered for a restore once its removal began. The next run tries again.',
        );
      }
    }
    return removed;
  }

  return {
    name: 'vault.prune',
    effect: ({ set }) => (set === '' ? 'change' : 'destroy'),
    input,
    // The removal of one set is finished once it began; the next one does not begin.
    onCancel: 'kill',

    async describe(given) {
      if (given.set !== '')
        return { operations: [await namedSet(given.set), ...(await programsFor([given.set]))] };
      const sets = await c.vault.list();
      const { doomed, blocked } = decide([...sets, ...newSet(given, sets, c.clock.now())]);
      return {
        operations: [...doomed.map(operationFor), ...(await programsFor(doomed.map(({ set }) => set)))],
        notes: [
          ...(blocked === undefined ? [] : [blocked]),
          ...(doomed.length === 0 && blocked === undefined ? ['No set goes.'] : []),
          ...doomed.map(({ set, reasons }) => `${set} goes: ${reasons.join('; ')}.`),
        ],
      };
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const lock = lockWhenThereIsRoom(context.run.id);
      await lock();
      if (given.set === '') return { removed: await removeByRules(given, context, lock) };
      // Looked at again with the lock held: another run may have removed what made this one dispensable.
      const operation = await namedSet(given.set).catch((error: unknown) => {
        if (!(error instanceof UsageError)) throw error;
        const hint = error.hint === undefined ? {} : { hint: error.hint };
        throw new VerificationError(error.message, { ...hint, cause: error });
      });
      await context.perform(operation, () => removeBy(given.set, context));
      return { removed: [given.set] };
    },

    async check({ set }) {
      if (set === '') return 'not-done';
      return (await c.vault.list()).some(({ id }) => id === set) ? 'not-done' : 'done';
    },

    async cleanUp(_input, _before, { run }) {
      const ids = await c.vault.sweep(run.id, () => false);
      return ids.map((id) => `removed what was left of the backup set ${id}`);
    },
  };
}

/** The set that the run is going to make, as the rules will see it. */
function newSet(given: Input, sets: readonly RetentionSet[], now: Date): RetentionSet[] {
  if (!isPlaceholder(given['new-set'])) return [];
  const sequence = Math.max(0, ...sets.map((set) => set.sequence ?? 0)) + 1;
  return [{ id: SET, state: 'complete', createdAt: now.toISOString(), sequence }];
}
