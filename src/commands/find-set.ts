import { UsageError, VerificationError } from '../contract/errors.ts';
import { nearestId } from '../foundation/nearest.ts';
import { newestComplete } from '../vault/newest-complete.ts';
import type { OffsiteCopy, OpenedSite, SetSummary } from './context.ts';

/** A set by its identifier, or the newest complete one. @throws UsageError when there is none. */
export async function findSet(
  place: Pick<OffsiteCopy['sets'], 'root' | 'list'>,
  wanted: string,
): Promise<SetSummary> {
  const sets = await place.list();
  const found = wanted === 'latest' ? newestComplete(sets) : sets.find((set) => set.id === wanted);
  if (found !== undefined) return found;
  if (wanted === 'latest')
    throw new UsageError(`there is no complete backup set in ${place.root}`, { hint: hintFor(sets) });
  const near = nearestId(
    wanted,
    sets.map(({ id }) => id),
  );
  throw new UsageError(`there is no backup set ${wanted} in ${place.root}`, {
    hint: near === undefined ? hintFor(sets) : `Did you mean ${near}? ${hintFor(sets)}`,
  });
}

function hintFor(sets: readonly SetSummary[]): string {
  return sets.length === 0 ? 'Make one with: sense-runbook backup' : 'List them with: sense-runbook backups';
}

/** @throws VerificationError when the set has no manifest. */
export function assertComplete({ id, state }: SetSummary): void {
  if (state === 'complete') return;
  throw new VerificationError(`the set ${id} is ${state}: it has no manifest`, {
    hint: 'It is never offered for restore, and the next backup removes it.',
  });
}

/** The vault, or one of its copies. @throws UsageError when the site file names no such copy. */
export function placeOf(
  { vault, copies }: Pick<OpenedSite, 'vault' | 'copies'>,
  name: string | undefined,
): OffsiteCopy['sets'] {
  if (name === undefined) return vault;
  const copy = copies.find((one) => one.name === name);
  if (copy !== undefined) return copy.sets;
  throw new UsageError(`the site file names no copy ${name}`, {
    hint:
      copies.length === 0
        ? 'Copies are listed under "vault.copies" in the site file.'
        : `It names: ${copies.map((one) => one.name).join(', ')}`,
  });
}
