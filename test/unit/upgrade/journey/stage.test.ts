import { describe, expect, it } from 'vitest';
import { BusyError } from '../../../../src/contract/errors.ts';
import type { RunSummary } from '../../../../src/engine/types.ts';
import type { HopRecord } from '../../../../src/upgrade/journey/record.ts';
import { nextAct, settle } from '../../../../src/upgrade/journey/stage.ts';
import { recordWith, runSummary } from './samples.ts';

const BACKING_UP: Partial<HopRecord> = { state: 'backing-up', backup: { run: 'b1' } };
const BACKED_UP: Partial<HopRecord> = { state: 'backed-up', backup: { run: 'b1', set: 's1' } };
const RUNNING: Partial<HopRecord> = { state: 'running', backup: { run: 'b1', set: 's1' }, run: 'r1' };

function failed(id: string, changes: Partial<RunSummary> = {}): RunSummary {
  return runSummary(id, { outcome: 'failed', holdsSite: true, next: ['resume', 'rollback'], ...changes });
}

/** The act after the record was brought up to date. */
function actOf(first: Partial<HopRecord>, runs: readonly RunSummary[], anew = true) {
  return nextAct(settle(recordWith(first), runs, anew), runs);
}

describe('what comes next in a journey', () => {
  it.each([
    ['a hop that waits is begun', {}, [], { do: 'begin', hop: 0 }],
    ['after a hop that is done the next one is begun', { state: 'done' }, [], { do: 'begin', hop: 1 }],
    ['a backup without a trace begins anew', BACKING_UP, [], { do: 'begin', hop: 0 }],
    [
      'a backup that failed is made anew',
      BACKING_UP,
      [failed('b1', { holdsSite: false })],
      { do: 'begin', hop: 0 },
    ],
    [
      'a backup that holds the site is resumed',
      BACKING_UP,
      [failed('b1')],
      { do: 'resume', hop: 0, part: 'backup', run: 'b1' },
    ],
    ['a backup of before is too old', BACKED_UP, [runSummary('b1')], { do: 'begin', hop: 0 }],
    ['one whose end was not written down is, too', BACKING_UP, [runSummary('b1')], { do: 'begin', hop: 0 }],
    [
      'a hop that failed is resumed',
      RUNNING,
      [failed('r1')],
      { do: 'resume', hop: 0, part: 'hop', run: 'r1' },
    ],
    [
      'also when its run left nothing to put back',
      RUNNING,
      [failed('r1', { holdsSite: false, next: ['resume'] })],
      { do: 'resume', hop: 0, part: 'hop', run: 'r1' },
    ],
    [
      'a hop that stopped is resumed',
      RUNNING,
      [failed('r1', { outcome: 'stopped' })],
      { do: 'resume', hop: 0, part: 'hop', run: 'r1' },
    ],
    ['a hop somebody resumed by itself is done', RUNNING, [runSummary('r1')], { do: 'begin', hop: 1 }],
    [
      'a hop that was put back begins anew',
      RUNNING,
      [runSummary('r1', { outcome: 'rolled-back' })],
      { do: 'begin', hop: 0 },
    ],
    [
      'a hop that was given up begins anew',
      RUNNING,
      [runSummary('r1', { outcome: 'abandoned' })],
      { do: 'begin', hop: 0 },
    ],
  ] as const)('%s', (_words, first, runs, act) => {
    expect(actOf(first, runs)).toEqual(act);
  });

  it('proves a backup of its own, and then carries out the hop with its set', () => {
    expect(actOf(BACKING_UP, [runSummary('b1')], false)).toEqual({ do: 'prove', hop: 0, run: 'b1' });
    expect(actOf(BACKED_UP, [runSummary('b1')], false)).toEqual({ do: 'carry-out', hop: 0, set: 's1' });
  });

  it('ends after the last hop', () => {
    const record = recordWith();
    const done = { ...record, hops: record.hops.map((hop) => ({ ...hop, state: 'done' as const })) };
    expect(nextAct(done, [])).toEqual({ do: 'end' });
  });

  it.each([
    ['was cut off', failed('r1', { outcome: 'lost', next: ['recover'] }), /sense-runbook recover/],
    ['is running', failed('r1', { outcome: 'running', next: [] }), /Wait/],
    ['is being put back', failed('r1', { next: ['rollback'] }), /sense-runbook rollback r1/],
    ['is damaged', failed('r1', { outcome: 'damaged', next: [] }), /runs show r1/],
  ])('goes no further while a run %s', (_words, run, hint) => {
    let error: unknown;
    try {
      actOf(RUNNING, [run]);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(BusyError);
    expect((error as BusyError).hint).toMatch(hint);
  });

  it('keeps what a person confirmed, and the runs of before, when a hop begins anew', () => {
    const confirmed = { who: 'erin', at: 'then', how: 'asked', what: ['x'] } as const;
    const first = { ...RUNNING, confirmed: { ...confirmed, what: [...confirmed.what] } };
    const runs = [runSummary('r1', { outcome: 'rolled-back' })];
    const [hop] = settle(recordWith(first), runs, true).hops;
    expect(hop).toMatchObject({ state: 'waiting', confirmed, earlier: ['b1', 'r1'] });
    expect(hop).not.toHaveProperty('run');
  });
});
