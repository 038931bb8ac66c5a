import { ServiceError } from '../../contract/errors.ts';
import type { ServiceStatus } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { SERVICE_CODES } from './codes.ts';

/**
 * How long an order can lie with Windows or the service before the service says something else than that it runs. Windows
 * tells one service after another, and gives each 30 seconds to take its order (learn.microsoft.com, "Service Control
 * Handler Function", and Event 7011): its own turn, and one before it. Milliseconds.
 */
export const ORDER_LIES_MS = 60_000;

/** What watching a service needs. */
export interface Watch {
  readonly control: { query(name: string): Promise<Pick<ServiceStatus, 'state'>> };
  readonly clock: Clock;
  /** Milliseconds between two looks at the state. */
  readonly pollMs: number;
  /** Milliseconds that an order can lie with the service before its state tells of it. */
  readonly orderLiesMs: number;
}

/**
 * Whether a service that may have been told to stop keeps running for as long as an order can lie about; false as soon as
 * it says anything else. A server that does not answer is asked again meanwhile: what cut off the answer may last.
 * @throws what it was answered in the end, and at once that there is no such service; the signal's reason
 */
export async function keepsRunning(
  { control, clock, pollMs, orderLiesMs }: Watch,
  name: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const until = clock.monotonic() + orderLiesMs;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await look(() => control.query(name));
    if ('state' in seen && seen.state !== 'running') return false;
    if (clock.monotonic() >= until) {
      if ('error' in seen) throw seen.error;
      return true;
    }
    await clock.sleep(pollMs, signal);
  }
}

async function look(
  query: () => Promise<Pick<ServiceStatus, 'state'>>,
): Promise<Pick<ServiceStatus, 'state'> | { readonly error: unknown }> {
  try {
    return await query();
  } catch (error) {
    if (error instanceof ServiceError && error.serviceCode === SERVICE_CODES.unknown) throw error;
    return { error };
  }
}
