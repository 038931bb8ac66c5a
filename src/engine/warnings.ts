import type { JournalEntry } from './records.ts';

/** What a run warned of. */
export interface Warning {
  readonly message: string;
  readonly hint?: string;
}

/**
 * The warnings of these entries, in order. That an always-step was left out is none any more once it was carried out after all,
 * and stands once however often it was: whoever reads it does what its hint says.
 */
export function warningsOf(entries: readonly JournalEntry[]): Warning[] {
  let found: { readonly warning: Warning; readonly leftOut: string | undefined }[] = [];
  for (const entry of entries) {
    if (entry.type === 'result' && entry.always)
      found = found.filter(({ leftOut }) => leftOut !== entry.step);
    if (entry.type !== 'warning') continue;
    const { message, hint, step } = entry;
    const leftOut = entry.leftOut === true ? step : undefined;
    if (leftOut !== undefined) found = found.filter((other) => other.leftOut !== leftOut);
    found.push({ warning: { message, ...(hint === undefined ? {} : { hint }) }, leftOut });
  }
  return found.map(({ warning }) => warning);
}
