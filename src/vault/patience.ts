/** How long something that was told to stop may take before it is left alone. */
const PATIENCE_MS = 5000;

/**
 * Awaits `work`, which stops by itself when the signal is aborted. When it hangs in a call that never returns (a dead
 * network share), the wait is given up a few seconds after the abort.
 *
 * @throws what `work` throws, or the signal's reason
 */
export async function untilDoneOrStuck<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const stuck = new Promise<never>((_, reject) => {
    onAbort = () => {
      timer = setTimeout(() => {
        reject(signal.reason as Error);
      }, PATIENCE_MS);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, stuck]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
