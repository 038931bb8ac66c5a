import { untouchable, type RetentionSet } from './retention.ts';

/**
 * Why the set `id` may not be removed, also not when a person asks for it; undefined when it may. `root` is named.
 * The newest complete and the newest proven set stay: what would be restored tomorrow is never taken away.
 */
export function refusalToRemove(
  sets: readonly RetentionSet[],
  id: string,
  root: string,
): { readonly message: string; readonly hint: string } | undefined {
  if (!sets.some((set) => set.id === id))
    return {
      message: `there is no backup set ${id} in ${root}`,
      hint: 'List them with: sense-runbook backups',
    };
  const reasons = untouchable(sets).flatMap((one) => (one.id === id ? [one.reason] : []));
  if (reasons.length === 0) return undefined;
  return {
    message: `the backup set ${id} is not removed: it is the ${reasons.join(' and the ')} one`,
    hint: 'Make a newer backup first, and prove it with a drill where this one was proven. To give up the vault as a whole, delete its folder by hand.',
  };
}
