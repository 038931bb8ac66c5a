import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../../src/contract/errors.ts';
import type { PlanStep } from '../../../src/contract/plan.ts';
import { planOf, planSection, planStep, runOptions, testAction, testEngine } from '../../helpers/engine.ts';
import type { Behaviour } from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

/** Something to wait for that another step brings about. */
function signpost(): { passed: Promise<void>; pass: () => void } {
  let pass = (): void => undefined;
  const passed = new Promise<void>((resolve) => (pass = resolve));
  return { passed, pass };
}

/** Runs one parallel group of steps that behave as told; gives the order of what happened and the steps' ends. */
async function runGroup(
  behaviours: Readonly<Record<string, Behaviour>>,
  steps: readonly PlanStep[],
  interrupt = new AbortController(),
) {
  const folder = temporaryFolder();
  const actions = Object.entries(behaviours).map(([name, behave]) => testAction(name, behave));
  const { engine } = testEngine(folder, actions);
  const result = await engine.run(
    planOf([planSection([{ parallel: steps }])]),
    runOptions({ signal: interrupt.signal }),
  );
  const ends = (await engine.report(result.run)).steps.map(({ step, status }) => `${step} ${status}`);
  const journal = readFileSync(join(folder, 'runs', result.run, 'journal.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { result, ends: ends.sort(), journal };
}

describe('a step of a parallel group that waits', () => {
  it('begins when the other step is done, and not before', async () => {
    const log: string[] = [];
    const note =
      (word: string): Behaviour =>
      async () =>
        void log.push(word);
    await runGroup({ c: note('c'), b: note('b'), a: note('a') }, [
      planStep('a'),
      planStep('b', { after: ['a'] }),
      planStep('c', { after: ['a', 'b'] }),
    ]);
    expect(log).toEqual(['a', 'b', 'c']);
  });

  it('begins at a milestone of the other step, which goes on, and the journal has it', async () => {
    const started = signpost();
    const { result, journal } = await runGroup(
      {
        // Would wait for ever when the other step waited for its end.
        dump: async (context) => {
          context.reached('locked');
          await started.passed;
          return undefined;
        },
        start: async () => {
          started.pass();
          return undefined;
        },
      },
      [planStep('dump'), planStep('start', { after: ['dump.locked'] })],
    );
    expect(result.outcome).toBe('done');
    const index = (type: string, step: string): number =>
      journal.findIndex((record) => record['type'] === type && record['step'] === step);
    expect(index('milestone', 'dump')).toBeLessThan(index('intent', 'start'));
    expect(index('result', 'start')).toBeLessThan(index('result', 'dump'));
  });

  it('begins at the end of a step that never says its milestone, or was skipped', async () => {
    const log: string[] = [];
    const note =
      (word: string): Behaviour =>
      async () =>
        void log.push(word);
    await runGroup({ dump: note('dump'), none: note('none'), start: note('start') }, [
      planStep('dump'),
      planStep('none', { skipped: 'not wanted' }),
      planStep('start', { after: ['dump.locked', 'none.locked'] }),
    ]);
    expect(log).toEqual(['dump', 'start']);
  });

  it('does not begin when the other step failed, and that failure is told', async () => {
    const { result, ends } = await runGroup(
      { dump: () => Promise.reject(new Error('no room')), start: async () => undefined },
      [
        planStep('dump'),
        planStep('start', { after: ['dump.locked'] }),
        planStep('end', { uses: 'start', after: ['start'] }),
      ],
    );
    expect(result.error?.message).toContain('no room');
    expect(ends).toEqual(['dump failed']);
  });

  it('does not begin after an interruption, also when what it waited for is done', async () => {
    const interrupt = new AbortController();
    const { result, ends } = await runGroup(
      {
        copy: async () => {
          interrupt.abort(new InterruptedError('interrupted'));
          return undefined;
        },
        start: async () => undefined,
      },
      [planStep('copy'), planStep('start', { after: ['copy'] })],
      interrupt,
    );
    expect(result.outcome).toBe('interrupted');
    expect(ends.filter((end) => end.startsWith('start'))).toEqual([]);
  });

  it('is named with all others that an interruption met, in the order of the runbook', async () => {
    const interrupt = new AbortController();
    const never = (context: { signal: AbortSignal }): Promise<undefined> =>
      new Promise((_resolve, reject) => {
        const end = (): void => {
          reject(context.signal.reason as Error);
        };
        if (context.signal.aborted) end();
        else context.signal.addEventListener('abort', end);
      });
    const { result } = await runGroup(
      {
        slow: never,
        quick: async (context) => {
          interrupt.abort(new InterruptedError('interrupted'));
          return never(context);
        },
      },
      [planStep('slow'), planStep('quick')],
      interrupt,
    );
    expect(result.outcome).toBe('interrupted');
    expect(result.error?.message).toMatch(/\(slow\), .*\(quick\): interrupted$/);
  });

  it('has begun for good: what reached a milestone is not tried again', async () => {
    let attempts = 0;
    const { result } = await runGroup(
      {
        dump: (context) => {
          attempts += 1;
          context.reached('locked');
          return Promise.reject(new Error('connection lost'));
        },
        start: async () => undefined,
      },
      [
        planStep('dump', { retry: { attempts: 3, delayMs: 0 } }),
        planStep('start', { after: ['dump.locked'] }),
      ],
    );
    expect(attempts).toBe(1);
    expect(result.outcome).toBe('failed');
  });
});

it('a placeholder that only the step knows is put in for its ledger, and journaled', async () => {
  const operation = { kind: 'sql', database: 'QSR', text: 'dump <snapshot>', effect: 'read' } as const;
  const execution = { node: 'central', input: {}, operations: [operation], outputs: {}, notes: [] };
  const { result, journal } = await runGroup(
    {
      dump: async (context) => {
        context.bind('<snapshot>', '0003-1');
        await context.perform({ ...operation, text: 'dump 0003-1' }, () => Promise.resolve());
        return undefined;
      },
    },
    [planStep('dump', { executions: [execution] })],
  );
  expect(result.outcome).toBe('done');
  const bound = journal.find(({ type }) => type === 'bound');
  expect(bound).toMatchObject({ placeholder: '<snapshot>', value: '0003-1', step: 'dump' });
});
