import { setTimeout as delay } from 'node:timers/promises';
import type { StartedProgram } from './windows-lab.ts';

const LOOK_AGAIN_MS = 20;

/** For `expect.poll`: what comes soon by itself, on a machine under load. */
export const SOON = { timeout: 60_000, interval: 100 };

/** Waits until `so` holds, or until the program has ended: then what it said tells why it never will. */
export async function until(
  program: Pick<StartedProgram, 'ended'>,
  so: () => boolean | Promise<boolean>,
): Promise<void> {
  let ended = false;
  void program.ended.then(() => (ended = true));
  while (!ended && !(await so())) await delay(LOOK_AGAIN_MS);
}
