import { describe, expect, it } from 'vitest';
import { createReloadsDrain } from '../../../src/actions/reloads-drain.ts';
import { createReloadsMissed } from '../../../src/actions/reloads-missed.ts';
import { PreflightError } from '../../../src/contract/errors.ts';
import type { ReloadFacts } from '../../../src/postgres/reloads.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { fakeSite, parts } from './fakes.ts';
import { runAction } from './harness.ts';

const SALES = { task: 'Sales', startedAt: '2026-11-24T01:58:00Z' };
const STOCK = { task: 'Stock', startedAt: '2026-11-24T01:59:00Z' };
const DUE = [{ task: 'Stock', at: '2026-11-24T02:30:00Z' }];

/** A site that waits so long; each look finds the next of `answers`, the last one for ever. */
function drainOf(drainMs: number, answers: readonly (ReloadFacts | Error)[]) {
  const c = parts();
  const clock = createManualClock();
  const { timeouts } = fakeSite();
  let looks = 0;
  const database = Object.assign(c.database, {
    reloads: () => {
      const answer = answers[Math.min(looks, answers.length - 1)] ?? {};
      looks += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  const site = fakeSite({ timeouts: { ...timeouts, drain: drainMs } });
  return { action: createReloadsDrain({ site, database, clock }), clock, looks: () => looks };
}

describe('reloads.drain', () => {
  it('looks once when nothing runs, and gives what is due', async () => {
    const { action, looks } = drainOf(300_000, [{ running: [], due: DUE }]);
    const { outputs, warnings } = await runAction(action, {});
    expect(outputs).toEqual({ at: '2026-11-24T02:00:00.000Z', cutOff: [], due: DUE });
    expect({ warnings, looks: looks() }).toEqual({ warnings: [], looks: 1 });
  });

  it('waits until the last reload is done', async () => {
    const { action, clock } = drainOf(300_000, [
      { running: [SALES, STOCK], due: DUE },
      { running: [STOCK], due: DUE },
      { running: [], due: DUE },
    ]);
    const { outputs, warnings } = await runAction(action, {});
    expect(warnings).toEqual([]);
    expect(outputs).toMatchObject({ cutOff: [] });
    expect(clock.now().toISOString()).toBe('2026-11-24T02:00:10.000Z');
  });

  it('waits no longer than the limit, then names what is cut off', async () => {
    const { action, clock } = drainOf(12_000, [{ running: [SALES, STOCK], due: [] }]);
    const { outputs, warnings } = await runAction(action, {});
    expect(clock.now().toISOString()).toBe('2026-11-24T02:00:12.000Z');
    expect(outputs).toMatchObject({ cutOff: [SALES, STOCK] });
    expect(warnings).toEqual([
      expect.stringMatching(/^2 reloads still run after 12 s of waiting; .*: Sales \(since .*\), Stock \(/),
    ]);
  });

  it('does not wait at all when the limit is 0', async () => {
    const { action, looks } = drainOf(0, [{ running: [SALES], due: [] }]);
    const { warnings } = await runAction(action, {});
    expect(warnings).toEqual([expect.stringMatching(/^1 reload still runs; stopping/)]);
    expect(looks()).toBe(1);
  });

  it('says once what a release does not tell', async () => {
    const { outputs, warnings } = await runAction(drainOf(1000, [{}]).action, {});
    expect(warnings).toEqual([expect.stringContaining('which reloads run and which are due')]);
    expect(outputs).toMatchObject({ due: null });
  });

  it('goes on with a warning when the database does not answer', async () => {
    const { outputs, warnings } = await runAction(drainOf(1000, [new PreflightError('gone')]).action, {});
    expect(warnings).toEqual([expect.stringContaining('gone')]);
    expect(outputs).toMatchObject({ cutOff: [], due: null });
  });

  it('stops waiting when the run is interrupted', async () => {
    const { action } = drainOf(300_000, [{ running: [SALES], due: [] }]);
    const signal = AbortSignal.abort(new Error('Ctrl+C'));
    await expect(runAction(action, {}, { signal })).rejects.toThrow('Ctrl+C');
  });
});

describe('reloads.missed', () => {
  const since = '2026-11-24T01:50:00.000Z';

  it('names what was due between the last look and now, and nothing else', async () => {
    const due = [
      { task: 'Before', at: '2026-11-24T01:49:00Z' },
      { task: 'Missed', at: '2026-11-24T01:55:00Z' },
      { task: 'Later', at: '2026-11-24T02:01:00Z' },
    ];
    const { outputs, warnings } = await runAction(createReloadsMissed({ clock: createManualClock() }), {
      since,
      due,
    });
    expect(outputs).toEqual({ missed: [due[1]] });
    expect(warnings).toEqual([expect.stringMatching(/^1 task was due .*Missed \(at /)]);
    expect(warnings[0]).not.toMatch(/Before|Later/);
  });

  it('names 20 and counts the rest', async () => {
    const due = Array.from({ length: 25 }, (_, n) => ({ task: `T${String(n)}`, at: '2026-11-24T01:55:00Z' }));
    const { warnings } = await runAction(createReloadsMissed({ clock: createManualClock() }), { since, due });
    expect(warnings[0]).toMatch(/T19 \(at [^)]*\) and 5 more\.$/);
  });

  it('is silent when it could not be known', async () => {
    const action = createReloadsMissed({ clock: createManualClock() });
    const { outputs, warnings } = await runAction(action, { since, due: null });
    expect({ outputs, warnings }).toEqual({ outputs: { missed: [] }, warnings: [] });
  });
});
