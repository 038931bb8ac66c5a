import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InterruptedError, SiteDownError } from '../../../src/contract/errors.ts';
import type { ReversedStep } from '../../../src/contract/action.ts';
import { readJournal } from '../../../src/engine/journal.ts';
import {
  failingAction as failing,
  planOf,
  planSection,
  planStep,
  recordingActions as recorder,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const ALWAYS_START = planStep('start', { reverses: ['stop'] });

describe('running a plan', () => {
  it('does the steps in order, then the always-steps, and writes plan, journal and reports', async () => {
    const { done, action } = recorder();
    const { engine } = testEngine(temporaryFolder(), [action('stop'), action('copy'), action('start')]);
    const result = await engine.run(
      planOf([planSection([planStep('stop'), planStep('copy')])], [ALWAYS_START]),
      runOptions(),
    );
    expect(done).toEqual(['stop', 'copy', 'start']);
    expect(result).toMatchObject({ outcome: 'done', exitCode: 0 });
    for (const file of ['plan.json', 'journal.jsonl', 'log.jsonl', 'report.json', 'report.html']) {
      expect(existsSync(join(result.folder, file)), file).toBe(true);
    }
    expect(JSON.parse(readFileSync(join(result.folder, 'report.json'), 'utf8'))).toMatchObject({
      run: { outcome: 'done' },
    });
  });

  it('has the state folder made private before anything is written into it', async () => {
    const { action } = recorder();
    const folder = join(temporaryFolder(), 'state');
    let seen: boolean | undefined;
    const makeState = async (): Promise<void> => {
      seen = existsSync(folder);
    };
    const { engine } = testEngine(folder, [action('copy')], { makeState });
    await engine.run(planOf([planSection([planStep('copy')])]), runOptions());
    expect(seen).toBe(false);
  });

  it('has the intent on disk before the effect, and the result after', async () => {
    const folder = temporaryFolder();
    let seen: string[] = [];
    const look = testAction('copy', (context) => {
      seen = readJournal(join(folder, 'runs', context.run.id, 'journal.jsonl')).map(({ type }) => type);
      return Promise.resolve({ size: 3 });
    });
    const { engine } = testEngine(folder, [look]);
    const result = await engine.run(planOf([planSection([planStep('copy')])]), runOptions());
    expect(seen.at(-1)).toBe('intent');
    const types = readJournal(join(result.folder, 'journal.jsonl')).map(({ type }) => type);
    expect(types.slice(-3)).toEqual(['result', 'section-ended', 'ended']);
  });

  it('refuses an operation that the plan does not have, and starts what it stopped', async () => {
    const { done, action } = recorder();
    let touched = false;
    const sly = testAction('copy', async (context) => {
      await context.perform({ kind: 'file', verb: 'remove', path: '/everything', effect: 'destroy' }, () => {
        touched = true;
        return Promise.resolve();
      });
      return {};
    });
    const { engine } = testEngine(temporaryFolder(), [action('stop'), sly, action('start')]);
    const result = await engine.run(
      planOf([planSection([planStep('stop'), planStep('copy')])], [ALWAYS_START]),
      runOptions(),
    );
    expect(touched).toBe(false);
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(result.error?.message).toContain('an operation that its plan does not have');
    expect(done).toEqual(['stop', 'start']);
  });

  it('lets a described operation be done once only', async () => {
    const twice = testAction('copy', async (context, operation) => {
      await context.perform(operation, () => Promise.resolve());
      await context.perform(operation, () => Promise.resolve());
      return {};
    });
    const { engine } = testEngine(temporaryFolder(), [twice]);
    const result = await engine.run(planOf([planSection([planStep('copy')])]), runOptions());
    expect(result.error?.message).toContain('does not have');
  });

  it('gives the reversing step what the reversed one found before it, also when that one failed half-way', async () => {
    let reversed: readonly ReversedStep[] = [];
    const stop = testAction('stop', () => Promise.reject(new Error('stuck')), {
      before: () => ({ running: ['engine'] }),
    });
    const start = testAction('start', (context) => ((reversed = context.reversed), Promise.resolve({})));
    const { engine } = testEngine(temporaryFolder(), [stop, start]);
    await engine.run(planOf([planSection([planStep('stop')])], [ALWAYS_START]), runOptions());
    expect(reversed).toEqual([{ step: 'stop', node: 'central', before: { running: ['engine'] } }]);
  });

  it('ends with 7 when services cannot be started, whatever failed before', async () => {
    const down = failing('start', new SiteDownError('the engine does not start'));
    const { engine } = testEngine(temporaryFolder(), [failing('copy', new Error('disk')), down]);
    const result = await engine.run(
      planOf([planSection([planStep('copy')])], [planStep('start')]),
      runOptions(),
    );
    expect(result).toMatchObject({ exitCode: 7, outcome: 'failed' });
    expect(result.error?.message).toContain('the engine does not start');
  });

  it('runs every always-step, also after one of them failed', async () => {
    const { done, action } = recorder();
    const { engine } = testEngine(temporaryFolder(), [failing('start', new Error('no')), action('release')]);
    const result = await engine.run(planOf([], [planStep('start'), planStep('release')]), runOptions());
    expect(done).toEqual(['release']);
    expect(result.exitCode).toBe(1);
  });

  it('never starts services inside an inconsistent bracket, and says so', async () => {
    const { done, action } = recorder();
    const steps = [
      planStep('stop', { siteConsistent: false }),
      planStep('copy'),
      planStep('close', { siteConsistent: true }),
    ];
    const actions = [
      action('stop'),
      failing('copy', new Error('disk')),
      action('close'),
      action('start'),
      action('release'),
    ];
    const { engine } = testEngine(temporaryFolder(), actions);
    const result = await engine.run(
      planOf([planSection(steps)], [ALWAYS_START, planStep('release')]),
      runOptions(),
    );
    expect(done).toEqual(['stop', 'release']);
    expect(result.warnings.map(({ message }) => message)).toEqual([expect.stringContaining('half changed')]);
    expect((await engine.unfinished())?.id).toBe(result.run);
  });

  it('says once that the site is half changed however often it stopped there, and no more once it is whole', async () => {
    let tries = 0;
    const copy = testAction('copy', () => {
      tries += 1;
      return tries < 3 ? Promise.reject(new Error('disk')) : Promise.resolve({});
    });
    const { action } = recorder();
    const steps = [
      planStep('stop', { siteConsistent: false }),
      planStep('copy'),
      planStep('close', { siteConsistent: true }),
    ];
    const { engine } = testEngine(temporaryFolder(), [
      action('stop'),
      copy,
      action('close'),
      action('start'),
    ]);
    const { run } = await engine.run(planOf([planSection(steps)], [ALWAYS_START]), runOptions());
    const again = await engine.resume(run, runOptions());
    expect(again.warnings.map(({ message }) => message)).toEqual([expect.stringContaining('half changed')]);
    const whole = await engine.resume(run, runOptions());
    expect([whole.outcome, whole.warnings]).toEqual(['done', []]);
    expect((await engine.report(run)).warnings).toEqual([]);
    expect((await engine.plan(run)).runbook.name).toBe('test');
  });

  it('warns and goes on after a step with on-failure: continue', async () => {
    const { done, action } = recorder();
    const { engine } = testEngine(temporaryFolder(), [failing('logs', new Error('locked')), action('copy')]);
    const plan = planOf([planSection([planStep('logs', { onFailure: 'continue' }), planStep('copy')])]);
    const result = await engine.run(plan, runOptions({ strict: true }));
    expect(done).toEqual(['copy']);
    expect(result).toMatchObject({ outcome: 'done', exitCode: 8 });
    expect(result.warnings[0]?.message).toContain('locked');
  });

  it('tries again as often as the step says', async () => {
    let tries = 0;
    const flaky = testAction('copy', () => {
      tries += 1;
      return tries < 3 ? Promise.reject(new Error('busy')) : Promise.resolve({});
    });
    const { engine } = testEngine(temporaryFolder(), [flaky]);
    const step = planStep('copy', { retry: { attempts: 3, delayMs: 1 } });
    const result = await engine.run(planOf([planSection([step])]), runOptions());
    expect([tries, result.exitCode]).toEqual([3, 0]);
    expect((await engine.report(result.run)).steps.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 'failed'],
      [2, 'failed'],
      [3, 'done'],
    ]);
  });

  it('ends a step at its time limit and names the limit', async () => {
    const slow = testAction(
      'copy',
      (context) =>
        new Promise((_resolve, reject) =>
          context.signal.addEventListener('abort', () => reject(context.signal.reason as Error)),
        ),
    );
    const { engine } = testEngine(temporaryFolder(), [slow]);
    const result = await engine.run(
      planOf([planSection([planStep('copy', { timeoutMs: 20 })])]),
      runOptions(),
    );
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(result.error?.message).toContain('ran longer than its limit');
  });

  it('ends the other branches of a parallel group when one fails, and reports the one that failed', async () => {
    const waits = testAction(
      'wait',
      (context) =>
        new Promise((_resolve, reject) =>
          context.signal.addEventListener('abort', () => reject(context.signal.reason as Error)),
        ),
    );
    const { engine } = testEngine(temporaryFolder(), [waits, failing('dump', new Error('no room'))]);
    const result = await engine.run(
      planOf([planSection([{ parallel: [planStep('wait'), planStep('dump')] }])]),
      runOptions(),
    );
    expect(result.error?.message).toContain('no room');
    const steps = (await engine.report(result.run)).steps.map(({ step, status }) => `${step} ${status}`);
    expect(steps.sort()).toEqual(['dump failed', 'wait cancelled']);
  });
});

describe('Ctrl+C', () => {
  function waiting(name: string, onCancel: 'wait' | 'kill', interrupt: AbortController, log: string[]) {
    return testAction(
      name,
      (context) =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(() => {
            log.push(name);
            resolve({});
          }, 30);
          context.signal.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(context.signal.reason as Error);
          });
          interrupt.abort(new InterruptedError('interrupted'));
        }),
      { onCancel },
    );
  }

  it('ends a step that can be killed, runs the always-steps, and exits with 130', async () => {
    const { done, action } = recorder();
    const interrupt = new AbortController();
    const { engine } = testEngine(temporaryFolder(), [
      waiting('copy', 'kill', interrupt, done),
      action('after'),
      action('start'),
    ]);
    const plan = planOf([planSection([planStep('copy'), planStep('after')])], [planStep('start')]);
    const result = await engine.run(plan, runOptions({ signal: interrupt.signal }));
    expect(done).toEqual(['start']);
    expect(result).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
  });

  it('lets a step that must not be killed finish first', async () => {
    const { done, action } = recorder();
    const interrupt = new AbortController();
    const { engine } = testEngine(temporaryFolder(), [
      waiting('rename', 'wait', interrupt, done),
      action('after'),
      action('start'),
    ]);
    const plan = planOf([planSection([planStep('rename'), planStep('after')])], [planStep('start')]);
    const result = await engine.run(plan, runOptions({ signal: interrupt.signal }));
    expect(done).toEqual(['rename', 'start']);
    expect(result.exitCode).toBe(130);
  });

  it('names the step that would have been next, not one that is left out anyway', async () => {
    const interrupt = new AbortController();
    const actions = [waiting('rename', 'wait', interrupt, []), recorder().action('next')];
    const { engine } = testEngine(temporaryFolder(), actions);
    const steps = [planStep('rename'), planStep('rehearsal', { skipped: 'not wanted' }), planStep('next')];
    const result = await engine.run(planOf([planSection(steps)]), runOptions({ signal: interrupt.signal }));
    expect(result).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
    expect(result.error?.message).toContain('Do next');
  });
});
