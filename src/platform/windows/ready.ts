import { TimeLimitError } from '../../contract/errors.ts';
import type { ServiceWait } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';

const STATE_URL = 'http://localhost:4444/status/servicestate';
const POLL_MS = 1_000;
const REQUEST_LIMIT_MS = 10_000;
// 0 starting, 1 certificates not installed, 2 running.
const RUNNING = '2';

/** Waits until the repository service says it is running. `url` is for tests. @throws TimeLimitError. */
export function createWindowsReady(options: { readonly clock: Clock; readonly url?: string }) {
  const { clock, url = STATE_URL } = options;
  return async function ready(wait: ServiceWait): Promise<void> {
    const deadline = clock.monotonic() + wait.timeoutMs;
    for (;;) {
      const answer = await stateOf(url);
      if (answer === RUNNING) return;
      if (clock.monotonic() >= deadline)
        throw new TimeLimitError(
          `the repository service was not ready within ${wait.timeoutMs / 1000} s; port 4444 says ${answer}`,
          {
            hint: 'State 1 means that certificates are not installed. Look at the log of the repository service.',
          },
        );
      await clock.sleep(POLL_MS, wait.signal);
    }
  };
}

/** The number in the answer, or why there is none: while it starts, the service refuses connections. */
async function stateOf(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
    return /\d+/u.exec(await response.text())?.[0] ?? `HTTP ${response.status}`;
  } catch (error) {
    return error instanceof Error ? `nothing (${error.message})` : 'nothing';
  }
}
