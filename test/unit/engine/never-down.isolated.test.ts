import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReversedStep } from '../../../src/contract/action.ts';
import { PreflightError, SiteDownError, VerificationError } from '../../../src/contract/errors.ts';
import type { RunReport } from '../../../src/engine/types.ts';
import type { ServiceOperation } from '../../../src/contract/operation.ts';
import {
  failingAction as failing,
  killedRun as killed,
  operationOf,
  planOf,
  planSection,
  planStep,
  recordingActions as recorder,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const ALWAYS_START = startStep();

/** A step that stops a service, as its plan says. */
function stopStep(id = 'stop') {
  return planStep(id, {
    executions: [{ node: 'central', input: {}, operations: [operationFor('stop')], outputs: {}, notes: [] }],
  });
}

/** A step that starts what the other one stops, by whatever its action does. */
function startStep(id = 'start', more: { timeoutMs?: number } = {}) {
  const operations = [operationOf(id), operationFor('start')];
  return planStep(id, {
    reverses: ['stop'],
    executions: [{ node: 'central', input: {}, operations, outputs: {}, notes: [] }],
    ...more,
  });
}

function operationFor(verb: 'start' | 'stop'): ServiceOperation {
  return { kind: 'service', verb, service: 'Engine', effect: 'change' };
}

// The call is the real one unless a test makes it fail.
vi.mock(import('node:fs'), async (original) => {
  const real = await original();
  return { ...real, writeSync: vi.fn(real.writeSync) as unknown as typeof real.writeSync };
});

const realWrite = vi.mocked(writeSync).getMockImplementation();

afterEach(() => {
  vi.useRealTimers();
  vi.mocked(writeSync).mockImplementation(realWrite as typeof writeSync);
});

describe('services are started again', () => {
  it('when the display fails, which is said once in the journal', async () => {
    const { done, action } = recorder();
    let broken = false;
    const stop = testAction('stop', () => ((broken = true), Promise.resolve({})));
    const { engine } = testEngine(temporaryFolder(), [stop, action('copy'), action('start')], {
      sink: () => {
        if (broken) throw new Error('the terminal is gone');
      },
    });
    const plan = planOf([planSection([planStep('stop'), planStep('copy')])], [ALWAYS_START]);
    const result = await engine.run(plan, runOptions());
    expect(done).toEqual(['copy', 'start']);
    expect(result.exitCode).toBe(0);
    expect(result.warnings.map(({ message }) => message)).toEqual([
      'what happens can no longer be shown: the terminal is gone',
    ]);
    expect(readFileSync(join(result.folder, 'log.jsonl'), 'utf8')).toContain('"run-finished"');
  });

  it('before the hooks of a failure, which may hang', async () => {
    const { done, action } = recorder();
    const actions = [failing('copy', new Error('disk')), action('start'), action('mail')];
    const { engine } = testEngine(temporaryFolder(), actions);
    const plan = planOf([planSection([planStep('copy')])], [ALWAYS_START]);
    await engine.run({ ...plan, onFailure: [planStep('mail')] }, runOptions());
    expect(done).toEqual(['start', 'mail']);
  });

  it('whatever time limit the always-step has', async () => {
    const started: string[] = [];
    const start = testAction('start', async (context) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      context.signal.throwIfAborted();
      started.push('start');
      return {};
    });
    const { engine } = testEngine(temporaryFolder(), [start, recorder().action('stop')]);
    const plan = planOf([planSection([stopStep()])], [startStep('start', { timeoutMs: 5 })]);
    const result = await engine.run(plan, runOptions());
    expect([started, result.exitCode]).toEqual([['start'], 0]);
  });

  it('by recover, also when a process that was left cannot be ended', async () => {
    const folder = temporaryFolder();
    const { done, action } = recorder();
    const child = testAction('child', async (context) => {
      await context.exec({ kind: 'command', argv: ['pg_dump'], effect: 'change' });
      return {};
    });
    const dump = planStep('child', {
      executions: [
        {
          node: 'central',
          input: {},
          operations: [{ kind: 'command', argv: ['pg_dump'], effect: 'change' }],
          outputs: {},
          notes: [],
        },
      ],
    });
    const plan = planOf([planSection([stopStep(), dump])], [ALWAYS_START]);
    await new Promise<void>((resolve) => {
      const exec = (_argv: unknown, options: { onSpawn(child: object): void }): Promise<never> => {
        options.onSpawn({ pid: 1, startedAt: 'then' });
        resolve();
        return new Promise(() => undefined);
      };
      const node = { name: 'central', host: 'qs1', role: 'central', exec };
      const nodes = [node as unknown as NonNullable<Parameters<typeof testEngine>[2]>['nodes']][0];
      void testEngine(folder, [action('stop'), child, action('start')], {
        nodes: [nodes as never],
      }).engine.run(plan, runOptions());
    });
    const { engine } = testEngine(folder, [action('stop'), child, action('start')], {
      endOrphan: () => Promise.reject(new Error('not permitted')),
    });
    const result = await engine.recover(runOptions());
    expect(done).toEqual(['stop', 'start']);
    expect(result?.warnings.map(({ message }) => message).join()).toContain('not permitted');
  });

  it('by recover, also when cleaning up hangs', async () => {
    const folder = temporaryFolder();
    const { done, action } = recorder();
    const plan = planOf([planSection([stopStep(), planStep('hang')])], [ALWAYS_START]);
    await killed(folder, plan, [action('stop'), action('start')]);
    vi.useFakeTimers();
    const hang = testAction('hang', () => Promise.resolve({}), {
      cleanUp: () => new Promise(() => undefined),
    });
    const { engine } = testEngine(folder, [action('stop'), action('start'), hang]);
    const recovered = engine.recover(runOptions());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(done).toEqual(['stop', 'start']);
    vi.useRealTimers();
    expect((await recovered)?.exitCode).toBe(0);
  });

  it('and known to run again when the journal can no longer be written', async () => {
    const folder = temporaryFolder();
    const { action } = recorder();
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const copy = testAction('copy', () => {
      vi.mocked(writeSync).mockImplementation(() => {
        throw full;
      });
      return Promise.resolve({});
    });
    const begin = failing('begin', new SiteDownError('Engine does not start'));
    const { engine } = testEngine(folder, [action('stop'), copy, begin, action('start')]);
    const plan = planOf([planSection([stopStep(), planStep('copy'), startStep('begin')])], [ALWAYS_START]);
    const result = await engine.run(plan, runOptions());
    expect(result).toMatchObject({ exitCode: 1, outcome: 'failed' });
    const steps = JSON.parse(readFileSync(join(result.folder, 'report.json'), 'utf8')) as RunReport;
    expect(steps.steps.map(({ step, status }) => `${step} ${status}`)).toEqual([
      'stop done',
      'copy failed',
      'start done',
    ]);
  });

  it('although the name of the node is a word that must be hidden', async () => {
    let reversed: readonly ReversedStep[] = [];
    const stop = testAction('stop', () => Promise.resolve({}), { before: () => ({ running: ['Engine'] }) });
    const start = testAction('start', (context) => ((reversed = context.reversed), Promise.resolve({})));
    const { engine } = testEngine(temporaryFolder(), [stop, start], {
      redact: (text) => text.replaceAll('central', '***').replaceAll('Engine', '***'),
    });
    const result = await engine.run(planOf([planSection([stopStep()])], [ALWAYS_START]), runOptions());
    expect(reversed).toEqual([
      { step: 'stop', node: 'central', before: { running: ['Engine'] }, outputs: {} },
    ]);
    expect(result.exitCode).toBe(0);
  });
});

describe('exit code 7', () => {
  it.each([
    ['a bug', new TypeError('undefined is not a function')],
    ['an error of another kind', new VerificationError('odd')],
  ])('is given when %s keeps an always-step from starting what was stopped', async (_name, error) => {
    const { engine } = testEngine(temporaryFolder(), [recorder().action('stop'), failing('start', error)]);
    const result = await engine.run(planOf([planSection([stopStep()])], [ALWAYS_START]), runOptions());
    expect(result).toMatchObject({ exitCode: 7, outcome: 'failed' });
    expect(result.error?.message).toContain(error.message);
    expect((await engine.unfinished())?.next).toContain('recover');
  });

  it('is not given when nothing had been stopped', async () => {
    const actions = [
      failing('copy', new Error('disk')),
      failing('start', new Error('no')),
      recorder().action('stop'),
    ];
    const { engine } = testEngine(temporaryFolder(), actions);
    const plan = planOf([planSection([planStep('copy'), stopStep()])], [ALWAYS_START]);
    expect((await engine.run(plan, runOptions())).exitCode).toBe(1);
  });

  it('is not given when an always-step started what the first attempt could not, whatever another one failed at', async () => {
    const { action } = recorder();
    const actions = [
      action('stop'),
      failing('begin', new SiteDownError('Engine does not start')),
      action('start'),
      failing('release', new Error('locked')),
    ];
    const { engine } = testEngine(temporaryFolder(), actions);
    const plan = planOf([planSection([stopStep(), startStep('begin')])], [ALWAYS_START, planStep('release')]);
    expect(await engine.run(plan, runOptions())).toMatchObject({ exitCode: 1, outcome: 'failed' });
    expect(await engine.unfinished()).toBeUndefined();
  });

  it('lets the run be given up when a service can never be started again', async () => {
    const actions = [recorder().action('stop'), failing('start', new SiteDownError('gone for good'))];
    const { engine } = testEngine(temporaryFolder(), actions);
    const plan = planOf([planSection([stopStep()])], [ALWAYS_START]);
    const { run } = await engine.run(plan, runOptions());
    expect((await engine.recover(runOptions()))?.exitCode).toBe(7);
    expect((await engine.unfinished())?.next).toEqual(['recover', 'abandon']);
    await engine.abandon(run, runOptions({ approvals: { change: true, destroy: 'lab' } }));
    expect(await engine.unfinished()).toBeUndefined();
  });
});

describe('only what ran is started', () => {
  it('a resumed run does not start what was stopped by hand after the first attempt had been put right', async () => {
    const folder = temporaryFolder();
    let running = ['Engine', 'Printing'];
    let broken = true;
    const seen: string[][] = [];
    const stop = testAction('stop', () => Promise.resolve({}), { before: () => ({ running }) });
    const copy = testAction('copy', () => (broken ? Promise.reject(new Error('no')) : Promise.resolve({})));
    const start = testAction('start', ({ reversed }) => {
      seen.push(reversed.flatMap(({ before }) => (before as { running: string[] }).running));
      return Promise.resolve({});
    });
    const { engine } = testEngine(folder, [stop, copy, start]);
    const plan = planOf([planSection([stopStep(), planStep('copy')], { restart: 'whole' })], [ALWAYS_START]);
    const { run } = await engine.run(plan, runOptions());
    running = ['Engine'];
    broken = false;
    await engine.resume(run, runOptions());
    expect(seen).toEqual([['Engine', 'Printing'], ['Engine']]);
  });

  it('recover starts what the killed attempt stopped, also when it is run twice', async () => {
    const folder = temporaryFolder();
    const seen: number[] = [];
    const stop = testAction('stop', () => Promise.resolve({}), { before: () => ({ running: ['Engine'] }) });
    const down = testAction('start', ({ reversed }) => {
      seen.push(reversed.length);
      return Promise.reject(new SiteDownError('no'));
    });
    const plan = planOf([planSection([stopStep(), planStep('hang')])], [ALWAYS_START]);
    await killed(folder, plan, [stop, down]);
    const { engine } = testEngine(folder, [stop, down, recorder().action('hang')]);
    await engine.recover(runOptions());
    await engine.recover(runOptions());
    expect(seen).toEqual([1, 1]);
  });
});

describe('a journal that cannot be written from its first line on', () => {
  it('keeps no services down: recover starts them, says that nothing is on record, and is needed once more', async () => {
    const folder = temporaryFolder();
    const { done, action } = recorder();
    const actions = [action('stop'), action('start')];
    await killed(folder, planOf([planSection([stopStep(), planStep('hang')])], [ALWAYS_START]), actions);
    const { engine } = testEngine(folder, [...actions, recorder().action('hang')]);
    vi.mocked(writeSync).mockImplementation(() => {
      throw new Error('EIO: i/o error, write');
    });
    const unwritten = await engine.recover(runOptions());
    expect(done).toEqual(['stop', 'start']);
    expect(unwritten).toMatchObject({ exitCode: 1, outcome: 'failed', error: { name: 'JournalError' } });
    expect(unwritten?.error?.message).toMatch(/still counts as killed\.$/);
    expect((await engine.unfinished())?.next).toEqual(['recover']);

    vi.mocked(writeSync).mockImplementation(realWrite as typeof writeSync);
    expect((await engine.recover(runOptions()))?.exitCode).toBe(0);
    expect(await engine.unfinished()).toBeUndefined();
  });

  it('leaves recover at exit code 7 when a service does not start', async () => {
    const folder = temporaryFolder();
    const actions = [recorder().action('stop'), failing('start', new SiteDownError('no'))];
    await killed(folder, planOf([planSection([stopStep(), planStep('hang')])], [ALWAYS_START]), actions);
    const { engine } = testEngine(folder, [...actions, recorder().action('hang')]);
    vi.mocked(writeSync).mockImplementation(() => {
      throw new Error('EIO: i/o error, write');
    });
    expect((await engine.recover(runOptions()))?.exitCode).toBe(7);
  });

  it('refuses a rollback before anything is changed, and leaves the run done and the site free', async () => {
    const undo = () => Promise.reject(new Error('nothing may be put back'));
    const { engine } = testEngine(temporaryFolder(), [
      testAction('swap', () => Promise.resolve({}), { undo }),
    ]);
    const { run } = await engine.run(planOf([planSection([planStep('swap')])]), runOptions());
    const write = realWrite as (...parameters: unknown[]) => number;
    vi.mocked(writeSync).mockImplementation((...parameters: unknown[]) => {
      if (String(parameters[1]).startsWith('{"seq":')) throw new Error('EIO: i/o error, write');
      return write(...parameters);
    });
    const refused = engine.rollback(undefined, runOptions());
    await expect(refused).rejects.toThrow(PreflightError);
    await expect(refused).rejects.toMatchObject({
      hint: expect.stringContaining('Nothing was changed.') as string,
    });
    vi.mocked(writeSync).mockImplementation(realWrite as typeof writeSync);
    expect((await engine.runs()).find(({ id }) => id === run)?.outcome).toBe('done');
    expect(await engine.unfinished()).toBeUndefined();
  });
});

describe('a step that failed before it had an intent', () => {
  const unprepared = (name: string) =>
    testAction(name, () => Promise.resolve({}), {
      prepare: () => Promise.reject(new Error('the node does not answer')),
      undo: () => Promise.reject(new Error('there is nothing to undo')),
      check: () => Promise.resolve('unknown'),
    });

  it('does not open the bracket in which services stay down', async () => {
    const { done, action } = recorder();
    const { engine } = testEngine(temporaryFolder(), [action('stop'), unprepared('swap'), action('start')]);
    const plan = planOf(
      [planSection([stopStep(), planStep('swap', { siteConsistent: false, pointOfNoReturn: true })])],
      [ALWAYS_START],
    );
    await engine.run(plan, runOptions());
    expect(done).toEqual(['stop', 'start']);
    expect(await engine.unfinished()).toBeUndefined();
  });
});
