import type { Progress } from '../contract/action.ts';
import type { Clock } from '../foundation/clock.ts';

const INTERVAL_MS = 100;

/** Counts work and tells it a few times a second. */
export interface ProgressCounter {
  add(files: number, bytes: number): void;
  /** Tells the last state, whatever the time. */
  finish(): void;
}

/** What the counter knows beforehand. */
export interface ProgressTotals {
  readonly filesTotal?: number;
  readonly bytesTotal?: number;
  readonly text?: string;
}

/** Makes a counter that calls `onProgress` at most ten times a second. */
export function createProgressCounter(
  clock: Clock,
  onProgress: ((progress: Progress) => void) | undefined,
  totals: ProgressTotals = {},
): ProgressCounter {
  let filesDone = 0;
  let bytesDone = 0;
  let last = Number.NEGATIVE_INFINITY;
  const tell = (): void => {
    last = clock.monotonic();
    const { filesTotal, bytesTotal } = totals;
    onProgress?.({
      ...totals,
      // What an earlier set had is only a guess: there may be more by now.
      ...(filesTotal === undefined ? {} : { filesTotal: Math.max(filesTotal, filesDone) }),
      ...(bytesTotal === undefined ? {} : { bytesTotal: Math.max(bytesTotal, bytesDone) }),
      filesDone,
      bytesDone,
    });
  };
  return {
    add(files, bytes) {
      filesDone += files;
      bytesDone += bytes;
      if (onProgress !== undefined && clock.monotonic() - last >= INTERVAL_MS) tell();
    },
    finish: tell,
  };
}
