import { describe, expect, it } from 'vitest';
import { planText } from '../../../src/report/plan-text.ts';
import { viewPlan } from '../../../src/report/plan-view.ts';
import { samplePlan, sampleStep } from './samples.ts';

describe('a plan of what was never run', () => {
  it('says of each figure that is not of earlier runs where it is from, and of a part that it is one', () => {
    const load = sampleStep('load', { predictedMs: 60_000, predictedFrom: { drill: 'set-1' } });
    const stop = sampleStep('stop', { predictedMs: 4000, predictedFrom: { runs: ['backup'] } });
    const plan = samplePlan({
      sections: [{ id: 'a', preflight: false, restart: 'step', items: [stop, load, sampleStep('share')] }],
      predicted: { atLeast: { durationMs: 64_000, downtimeMs: 64_000 }, basedOn: 0 },
    });
    const text = planText(viewPlan(plan));
    expect(text).toContain(
      'Predicted: at least about 1 min 4 s, of which the site is down at least about 1\n' +
        '  min 4 s (from runs of backup, and a drill; 2 of 4 steps were never measured)\n',
    );
    expect(text).toContain('[read; checked; about 1 min (a drill of set set-1)]');
    expect(text).toContain('[read; checked; about 4.0 s (runs of backup)]');
  });
});
