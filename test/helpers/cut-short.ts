import { expect } from 'vitest';
import type { Place } from './kill-places.ts';
import type { Cut, ToolResult } from './lab.ts';

/** What happens to a run: it is killed, or by turns interrupted and failed by a disk that cannot be written. */
export type Fault = 'killed' | 'cut short';

/** Not simply by turns: most steps have two places, and each fault would always meet the same one. */
const TURNS = ['SIGINT', 'EIO', 'EIO', 'SIGINT'] as const;

/** The place with what happens there; `index` tells whose turn it is. */
export function withFault(fault: Fault, place: Place, index: number): Place {
  const turn = TURNS[index % TURNS.length] ?? 'SIGINT';
  return { ...place, signal: fault === 'killed' ? 'SIGKILL' : turn };
}

/**
 * Where to cut a run short: the first of the places of each step and then every so-many-th one, so that no step is left out.
 * None later inside what goes on: where that begins the signal is sent right after the line, so that it comes inside.
 */
export function placesOfEachStep(places: readonly Place[], every: number): Place[] {
  const seen = new Map<string | undefined, number>();
  return places.filter(({ step, afterMs }) => {
    if (afterMs !== undefined) return false;
    const before = seen.get(step) ?? 0;
    seen.set(step, before + 1);
    return before % every === 0;
  });
}

/**
 * That the tool ended as this fault lets it: 130 or 1, or 0 where it came too late to matter; a journal that could not be
 * written is told, and so is what leads on. A restore that failed before the first line of its work says that nothing was
 * changed (3). Gives whether it was ended by it.
 */
export function expectEnded(cut: Cut, { code, signal, stdout, stderr }: ToolResult, words: string): boolean {
  const said = `${words}\n${stdout}${stderr}`;
  if (cut.signal === 'SIGKILL') {
    expect(signal, said).toBe('SIGKILL');
    return true;
  }
  expect(signal, said).toBeUndefined();
  if (cut.signal === 'SIGINT') expect([0, 130], said).toContain(code);
  else {
    expect([0, 1, 3, 7], said).toContain(code);
    // Where it goes on all the same (always-steps, and what only tries whether a node is let in) it is a warning.
    expect((code === 0 ? stdout : stderr).replaceAll(/\s+/g, ' '), said).toContain('cannot be written');
  }
  if (code !== 0 && code !== 3)
    expect(stderr, said).toMatch(/sense-runbook --site .+? (resume|rollback|recover)\b/);
  return code !== 0;
}
