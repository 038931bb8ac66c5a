import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/contract/action.ts';
import { stepsOf } from '../../../src/contract/plan.ts';
import { action, planOf, runbook } from './support.ts';

describe('a step that waits for a milestone', () => {
  const text = runbook(
    [
      '      - { id: stop, uses: services.stop }',
      '      - parallel:',
      '          - { id: dump, uses: dump }',
      '          - { id: copy, uses: look }',
      '          - { id: start, uses: services.start, after: [dump.locked, copy] }',
    ].join('\n'),
  );
  const times = new Map(Object.entries({ stop: 10, dump: 500, copy: 40, start: 20 }));
  const actions = (milestones?: readonly string[]) => {
    const [name, dump] = action('dump', {
      describe: () => ({ operations: [], ...(milestones === undefined ? {} : { milestones }) }),
    });
    const made: [string, Action] = [name, { ...dump, milestones: ['locked'] }];
    return [action('services.stop'), action('services.start'), made];
  };
  const history = { predict: (step: string) => times.get(step), history: { runs: 1 } };

  it('is no downtime for what goes on beside it, when the milestone will be reached', async () => {
    const { predicted, sections } = await planOf(text, actions(['locked']), history);
    expect(predicted).toEqual({ durationMs: 510, downtimeMs: 70, basedOn: 1 });
    expect(stepsOf(sections[0]?.items ?? []).at(-1)?.after).toEqual(['dump.locked', 'copy']);
    const waits = await planOf(text, actions(), history);
    expect(waits.predicted).toEqual({ durationMs: 530, downtimeMs: 530, basedOn: 1 });
  });

  it('is refused when the action has no such milestone', async () => {
    const plan = planOf(text.replace('dump.locked', 'dump.loked'), actions());
    await expect(plan).rejects.toThrow(/after\[0\]: dump has no milestone "loked"; did you mean "locked"\?/);
  });
});
