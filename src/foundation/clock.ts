import { setTimeout as delay } from 'node:timers/promises';

/** Time, given in so that tests can stop it. */
export interface Clock {
  now(): Date;
  /** Milliseconds that never go backwards. */
  monotonic(): number;
  /** Waits. @throws the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  async sleep(milliseconds, signal) {
    try {
      await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
