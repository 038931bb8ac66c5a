import type { SetSummary } from './vault.ts';

/** The newest complete set: the one with the highest sequence number, whatever the clock said. */
export function newestComplete(sets: readonly SetSummary[]): SetSummary | undefined {
  return sets
    .filter((set) => set.state === 'complete')
    .reduce<SetSummary | undefined>(
      (best, set) => (best === undefined || (set.sequence ?? 0) > (best.sequence ?? 0) ? set : best),
      undefined,
    );
}
