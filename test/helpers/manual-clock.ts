import type { Clock } from '../../src/foundation/clock.ts';

/** A clock that stands still; sleeping moves it on. */
export interface ManualClock extends Clock {
  advance(milliseconds: number): void;
}

/** Makes one that begins at `start`. */
export function createManualClock(start = '2026-11-24T02:00:00.000Z'): ManualClock {
  let time = new Date(start).getTime();
  return {
    now: () => new Date(time),
    monotonic: () => time,
    advance(milliseconds) {
      time += milliseconds;
    },
    sleep(milliseconds, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason as Error);
      time += milliseconds;
      return Promise.resolve();
    },
  };
}
