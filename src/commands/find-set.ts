import { UsageError, VerificationError } from '../contract/errors.ts';
import { newestComplete } from '../vault/sets.ts';
import type { OpenedSite, SetSummary } from './context.ts';

/** A set by its identifier, or the newest complete one. @throws UsageError when there is none. */
export async function findSet(site: OpenedSite, wanted: string): Promise<SetSummary> {
  const sets = await site.vault.list();
  const found = wanted === 'latest' ? newestComplete(sets) : sets.find((set) => set.id === wanted);
  if (found !== undefined) return found;
  throw new UsageError(
    wanted === 'latest'
      ? `there is no complete backup set in ${site.vault.root}`
      : `there is no backup set ${wanted} in ${site.vault.root}`,
    {
      hint:
        sets.length === 0 ? 'Make one with: sense-runbook backup' : 'List them with: sense-runbook backups',
    },
  );
}

/** @throws VerificationError when the set has no manifest. */
export function assertComplete({ id, state }: SetSummary): void {
  if (state === 'complete') return;
  throw new VerificationError(`the set ${id} is ${state}: it has no manifest`, {
    hint: 'It is never offered for restore, and the next backup removes it.',
  });
}
