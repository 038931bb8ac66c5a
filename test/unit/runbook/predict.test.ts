import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/contract/action.ts';
import { stepsOf } from '../../../src/contract/plan.ts';
import { action, planOf, predictBy, runbook } from './support.ts';

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
  const history = { predict: predictBy(times), history: { runs: 1 } };

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

describe('a plan of which not all was measured', () => {
  const text = runbook(
    [
      '      - { id: check, uses: look }',
      '      - { id: stop, uses: services.stop }',
      '      - { id: load, uses: restore.load }',
      '      - { id: start, uses: services.start }',
      '      - { id: last, uses: look }',
    ].join('\n'),
  );
  const actions = [action('services.stop'), action('services.start'), action('restore.load')];
  const all = { check: 500, stop: 4000, load: 60_000, start: 5000, last: 700 };
  const predicted = async (...parts: Parameters<typeof predictBy>) =>
    (await planOf(text, actions, { predict: predictBy(...parts), history: { runs: 0 } })).predicted;

  it('has a sum of what was, as the least', async () => {
    expect(await predicted(new Map(Object.entries({ ...all, load: undefined }).flatMap(known)))).toEqual({
      atLeast: { durationMs: 10_200, downtimeMs: 9000 },
      basedOn: 0,
    });
  });

  it('has the downtime whole when only something outside of it is not known', async () => {
    expect(await predicted(new Map(Object.entries({ ...all, check: undefined }).flatMap(known)))).toEqual({
      downtimeMs: 69_000,
      atLeast: { durationMs: 69_700 },
      basedOn: 0,
    });
  });

  it('is one that goes by a drill, which does not compare what a restore compares', async () => {
    const from = new Map([['load', { drill: '20261124T010000Z-ab12cd' }]]);
    expect(await predicted(new Map(Object.entries(all)), from)).toEqual({
      atLeast: { durationMs: 70_200, downtimeMs: 69_000 },
      basedOn: 0,
    });
  });

  it('is not one that goes by runs of other runbooks', async () => {
    const from = new Map([['stop', { runs: ['backup'] }]]);
    expect(await predicted(new Map(Object.entries(all)), from)).toEqual({
      durationMs: 70_200,
      downtimeMs: 69_000,
      basedOn: 0,
    });
  });

  it('is warned of a failover when already what is known comes near it', async () => {
    const warnings = async (load: number): Promise<readonly string[]> => {
      const predict = predictBy(new Map([['load', load]]));
      return (await planOf(text, actions, { predict, history: { runs: 0 } })).warnings;
    };
    expect(await warnings(9 * 60_000)).toEqual([
      'The predicted downtime is at least about 9 min. When the central node is away for 10 min, a failover candidate takes over its role.',
    ]);
    expect(await warnings(7 * 60_000)).toEqual([]);
  });

  it('has no sum when it would be less than a second, or nothing was measured', async () => {
    expect(await predicted(new Map([['check', 500]]))).toEqual({ basedOn: 0 });
    expect(await predicted(new Map())).toEqual({ basedOn: 0 });
  });

  function known([step, time]: [string, number | undefined]): [string, number][] {
    return time === undefined ? [] : [[step, time]];
  }
});
