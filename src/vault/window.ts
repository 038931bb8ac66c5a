/** Lets a limited number of works run at the same time. */
export interface Window {
  /** Starts `work`, after waiting for room. @throws what an earlier work threw */
  add(work: () => Promise<void>): Promise<void>;
  /** Waits for all. @throws what the first failed work threw */
  drain(): Promise<void>;
}

/** Makes a window for `limit` works. */
export function createWindow(limit: number): Window {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;

  function stopOnFailure(): void {
    if (failure !== undefined) throw failure.error;
  }

  return {
    async add(work) {
      while (running.size >= limit) await Promise.race(running);
      stopOnFailure();
      const entry: Promise<void> = work()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(entry));
      running.add(entry);
    },
    async drain() {
      await Promise.all(running);
      stopOnFailure();
    },
  };
}
