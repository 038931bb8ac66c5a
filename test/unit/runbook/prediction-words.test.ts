import { describe, expect, it } from 'vitest';
import type { Plan, PlanStep } from '../../../src/contract/plan.ts';
import { predictionText } from '../../../src/runbook/prediction-words.ts';
import { sampleStep } from '../report/samples.ts';

function text(predicted: Plan['predicted'], ...items: readonly PlanStep[]): string {
  return predictionText({
    predicted,
    sections: [{ id: 'a', preflight: false, restart: 'step', items }],
    always: [],
  });
}

const own = sampleStep('own', { predictedMs: 1000 });
const other = sampleStep('other', { predictedMs: 1000, predictedFrom: { runs: ['backup', 'drill'] } });
const drilled = sampleStep('load', { predictedMs: 1000, predictedFrom: { drill: 'set-1' } });
const unknown = sampleStep('unknown');

describe('the words for a prediction', () => {
  it('count the earlier runs', () => {
    expect(text({ durationMs: 60_000, downtimeMs: 50_000, basedOn: 1 }, own)).toBe(
      'about 1 min, of which the site is down 50 s (from 1 earlier run)',
    );
  });

  it('name the other runbooks', () => {
    expect(text({ durationMs: 60_000, basedOn: 0 }, other)).toBe(
      'about 1 min (from runs of backup and drill)',
    );
  });

  it('name everything a figure is from, and count what has none but will be done', () => {
    const skipped = sampleStep('skipped', { skipped: 'not wanted' });
    expect(
      text(
        { atLeast: { durationMs: 60_000 }, downtimeMs: 50_000, basedOn: 2 },
        own,
        other,
        drilled,
        unknown,
        skipped,
      ),
    ).toBe(
      'at least about 1 min, of which the site is down 50 s (from 2 earlier runs, and runs of backup and drill, and a drill; 1 of 4 steps was never measured)',
    );
  });

  it('count nothing where each step has a figure, one of them only of a part', () => {
    expect(text({ atLeast: { durationMs: 60_000 }, basedOn: 2 }, own, drilled)).toBe(
      'at least about 1 min (from 2 earlier runs, and a drill)',
    );
  });

  it('say that there is nothing to go by', () => {
    expect(text({ basedOn: 0 }, unknown)).toBe('nothing yet, this site has no earlier run of this runbook');
    expect(text({ basedOn: 1 }, unknown)).toBe('nothing yet, most of it was never measured');
  });
});
