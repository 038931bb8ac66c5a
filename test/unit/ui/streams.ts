import { PassThrough } from 'node:stream';
import type { StampedEvent } from '../../../src/contract/event.ts';
import type { Clock } from '../../../src/foundation/clock.ts';

/** A stream that keeps what is written, and looks like a terminal when asked. */
export function recordingStream(isTTY = false): { stream: NodeJS.WriteStream; text: () => string } {
  let written = '';
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  Object.assign(stream, { isTTY, columns: 80, rows: 24 });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => written };
}

/** A clock that stands still until it is told. */
export function fakeClock(): Clock & { advance: (milliseconds: number) => void } {
  let now = 0;
  return {
    now: () => new Date(Date.UTC(2026, 10, 24, 2, 0, 0) + now),
    monotonic: () => now,
    sleep: () => Promise.resolve(),
    advance(milliseconds) {
      now += milliseconds;
    },
  };
}

type Distributive<T> = T extends unknown ? Omit<T, 'at'> : never;

/** An event with a fixed time. */
export function at(event: Distributive<StampedEvent>, time = '2026-11-24T02:00:00.000Z'): StampedEvent {
  return { ...event, at: time };
}
