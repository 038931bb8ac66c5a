import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  BusyError,
  ConfirmationError,
  InterruptedError,
  PreflightError,
  SiteDownError,
  StoppedError,
  UsageError,
} from '../../../src/contract/errors.ts';
import type { ReversedStep } from '../../../src/contract/action.ts';
import { readJournal } from '../../../src/engine/journal.ts';
import { planOf, planSection, planStep, runOptions, testAction, testEngine } from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

function recorder() {
  const done: string[] = [];
  return {
    done,
    action: (name: string) =>
      testAction(name, (context) => (done.push(context.run.step), Promise.resolve({}))),
  };
}

function failing(name: string, error: unknown) {
  return testAction(name, () => Promise.reject(error as Error));
}

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
});

describe('before anything is changed', () => {
  const check = (status: 'ok' | 'failed') =>
    testAction(
      'look',
      () =>
        Promise.resolve({
          checks: [{ id: 'look', status, message: 'the disk is full', hint: 'Free some.' }],
        }),
      {
        effect: 'read',
      },
    );
  const looking = planSection([planStep('look', { effect: 'read' })], { id: 'preflight', preflight: true });

  it('refuses with 3 when a check failed, names all, and leaves no run behind', async () => {
    const { done, action } = recorder();
    const folder = temporaryFolder();
    const { engine } = testEngine(folder, [check('failed'), action('copy')]);
    const run = engine.run(planOf([looking, planSection([planStep('copy')])]), runOptions());
    await expect(run).rejects.toThrow(PreflightError);
    await expect(run).rejects.toThrow('the disk is full');
    expect(done).toEqual([]);
    expect(await engine.runs()).toEqual([]);
  });

  it('asks after the checks; without a terminal and approval it refuses with 4', async () => {
    const { engine, events } = testEngine(temporaryFolder(), [check('ok'), recorder().action('copy')]);
    const run = engine.run(
      planOf([looking, planSection([planStep('copy')])]),
      runOptions({ approvals: { change: false } }),
    );
    await expect(run).rejects.toThrow(ConfirmationError);
    expect(events.some(({ type }) => type === 'check')).toBe(true);
  });

  it('wants the right site named for what destroys', async () => {
    const { engine } = testEngine(temporaryFolder(), [recorder().action('drop')]);
    const plan = planOf([planSection([planStep('drop', { effect: 'destroy' })])]);
    await expect(engine.run(plan, runOptions())).rejects.toThrow('needs approval (destroy)');
    await expect(
      engine.run(plan, runOptions({ approvals: { change: true, destroy: 'other' } })),
    ).rejects.toThrow('another site');
    await expect(
      engine.run(plan, runOptions({ approvals: { change: true, destroy: 'lab' } })),
    ).resolves.toMatchObject({ exitCode: 0 });
  });
});

describe('after a failure', () => {
  it('lets the next run start when nothing was left on the site', async () => {
    const { engine } = testEngine(temporaryFolder(), [failing('copy', new Error('no'))]);
    const plan = planOf([planSection([planStep('copy')])]);
    await engine.run(plan, runOptions());
    expect((await engine.run(plan, runOptions())).outcome).toBe('failed');
  });

  it('keeps the site when something can be put back, and rollback puts it back newest first', async () => {
    const undone: string[] = [];
    const undoable = (name: string) =>
      testAction(name, () => Promise.resolve({}), {
        before: () => name,
        undo: (_input, before) => (undone.push(String(before)), Promise.resolve()),
      });
    const { engine } = testEngine(temporaryFolder(), [
      undoable('one'),
      undoable('two'),
      failing('three', new Error('no')),
    ]);
    const plan = planOf([planSection([planStep('one'), planStep('two'), planStep('three')])]);
    const first = await engine.run(plan, runOptions());
    await expect(engine.run(plan, runOptions())).rejects.toThrow(BusyError);
    expect((await engine.unfinished())?.next).toEqual(['resume', 'rollback', 'abandon']);
    const result = await engine.rollback(undefined, runOptions());
    expect(undone).toEqual(['two', 'one']);
    expect(result).toMatchObject({ run: first.run, outcome: 'rolled-back', exitCode: 0 });
    expect(await engine.unfinished()).toBeUndefined();
  });

  it('puts nothing back past the point of no return', async () => {
    const undoable = testAction('one', () => Promise.resolve({}), { undo: () => Promise.resolve() });
    const { engine } = testEngine(temporaryFolder(), [undoable, failing('two', new Error('no'))]);
    await engine.run(
      planOf([planSection([planStep('one'), planStep('two', { pointOfNoReturn: true })])]),
      runOptions(),
    );
    await expect(engine.rollback(undefined, runOptions())).rejects.toThrow('point of no return');
  });

  it('resumes at the step that failed, and leaves out what is done', async () => {
    const { done, action } = recorder();
    let broken = true;
    const second = testAction('two', () =>
      broken ? Promise.reject(new Error('no')) : (done.push('two'), Promise.resolve({})),
    );
    const { engine } = testEngine(temporaryFolder(), [action('one'), second, action('three')]);
    await engine.run(
      planOf([planSection([planStep('one'), planStep('two'), planStep('three')])]),
      runOptions(),
    );
    broken = false;
    const result = await engine.resume(undefined, runOptions());
    expect(done).toEqual(['one', 'two', 'three']);
    expect(result).toMatchObject({ outcome: 'done', exitCode: 0 });
  });

  it('begins a section with restart: whole anew, and does again what was reversed', async () => {
    const { done, action } = recorder();
    let broken = true;
    const second = testAction('copy', () =>
      broken ? Promise.reject(new Error('no')) : (done.push('copy'), Promise.resolve({})),
    );
    const { engine } = testEngine(temporaryFolder(), [action('stop'), second, action('start')]);
    await engine.run(
      planOf([planSection([planStep('stop'), planStep('copy')], { restart: 'whole' })], [ALWAYS_START]),
      runOptions(),
    );
    broken = false;
    await engine.resume(undefined, runOptions());
    expect(done).toEqual(['stop', 'start', 'stop', 'copy', 'start']);
  });

  it('does again a step that an always-step reversed, when later steps rest on it', async () => {
    const { done, action } = recorder();
    let broken = true;
    const second = testAction('copy', () =>
      broken ? Promise.reject(new Error('no')) : (done.push('copy'), Promise.resolve({})),
    );
    const { engine } = testEngine(temporaryFolder(), [action('stop'), second, action('start')]);
    await engine.run(
      planOf([planSection([planStep('stop'), planStep('copy')])], [ALWAYS_START]),
      runOptions(),
    );
    broken = false;
    await engine.resume(undefined, runOptions());
    expect(done).toEqual(['stop', 'start', 'stop', 'copy', 'start']);
  });

  it('asks before it does again what cannot be judged, and exits with 4 without a terminal', async () => {
    let tries = 0;
    const installer = testAction('install', () => ((tries += 1), Promise.reject(new Error('lost sight'))), {
      check: () => Promise.resolve('unknown'),
      undo: () => Promise.resolve(),
    });
    const { engine } = testEngine(temporaryFolder(), [installer]);
    await engine.run(planOf([planSection([planStep('install')])]), runOptions());
    await expect(engine.resume(undefined, runOptions())).rejects.toThrow(ConfirmationError);
    expect(tries).toBe(1);
    expect((await engine.unfinished())?.next).toContain('resume');
  });

  it('stops on purpose with 75 and keeps the site for resume', async () => {
    const stops = failing('wait', new StoppedError('reboot now'));
    const { engine } = testEngine(temporaryFolder(), [stops]);
    const result = await engine.run(planOf([planSection([planStep('wait')])]), runOptions());
    expect(result).toMatchObject({ outcome: 'stopped', exitCode: 75 });
    expect((await engine.unfinished())?.next).toContain('resume');
  });
});

describe('recover', () => {
  /** A run whose process goes away in the middle: its promise never settles, its journal has no end. */
  async function killed(
    folder: string,
    plan: ReturnType<typeof planOf>,
    actions: Parameters<typeof testEngine>[1],
  ): Promise<void> {
    await new Promise<void>((resolve) => {
      const hang = testAction('hang', (context, operation) =>
        context.perform(operation, () => new Promise(() => resolve())),
      );
      void testEngine(folder, [...actions, hang]).engine.run(plan, runOptions());
    });
  }

  it('says there is nothing to do on a quiet site', async () => {
    expect(await testEngine(temporaryFolder(), []).engine.recover(runOptions())).toBeUndefined();
  });

  it('runs the always-steps, cleans up what the killed attempt left, and counts the run as failed', async () => {
    const folder = temporaryFolder();
    const { done, action } = recorder();
    const plan = planOf([planSection([planStep('stop'), planStep('hang')])], [ALWAYS_START]);
    await killed(folder, plan, [action('stop'), action('start')]);
    const cleaned: string[] = [];
    const hang = testAction('hang', () => Promise.resolve({}), {
      cleanUp: (_input, _before, context) => (cleaned.push(context.run.step), Promise.resolve(['a backend'])),
    });
    const { engine } = testEngine(folder, [action('stop'), action('start'), hang]);
    expect((await engine.unfinished())?.outcome).toBe('lost');
    await expect(engine.run(plan, runOptions())).rejects.toThrow(BusyError);
    await expect(engine.resume(undefined, runOptions())).rejects.toThrow('recovered first');
    const result = await engine.recover(runOptions());
    expect(done).toEqual(['stop', 'start']);
    expect(cleaned).toEqual(['hang']);
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 0 });
    expect(await engine.unfinished()).toBeUndefined();
    expect(await engine.recover(runOptions())).toBeUndefined();
  });

  it('exits with 7 when it cannot start what was stopped, and can be tried again', async () => {
    const folder = temporaryFolder();
    const { action } = recorder();
    const plan = planOf([planSection([planStep('stop'), planStep('hang')])], [ALWAYS_START]);
    await killed(folder, plan, [action('stop'), action('start')]);
    const { engine } = testEngine(folder, [failing('start', new SiteDownError('no')), action('hang')]);
    expect(await engine.recover(runOptions())).toMatchObject({ exitCode: 7 });
    const again = testEngine(folder, [action('start'), action('hang')]).engine;
    expect(await again.recover(runOptions())).toMatchObject({ exitCode: 0 });
  });
});

describe('giving up a run', () => {
  it('wants the site named, and frees the site', async () => {
    const undoable = testAction('one', () => Promise.reject(new Error('no')), {
      undo: () => Promise.resolve(),
    });
    const { engine } = testEngine(temporaryFolder(), [undoable]);
    const { run } = await engine.run(planOf([planSection([planStep('one')])]), runOptions());
    await expect(engine.abandon(run, runOptions())).rejects.toThrow(ConfirmationError);
    await engine.abandon(run, runOptions({ approvals: { change: true, destroy: 'lab' } }));
    expect((await engine.runs())[0]?.outcome).toBe('abandoned');
    expect(await engine.unfinished()).toBeUndefined();
  });

  it('names the nearest run when there is none of that name', async () => {
    const { engine } = testEngine(temporaryFolder(), []);
    await expect(engine.report('20260101T000000Z-aaaaaa')).rejects.toThrow(UsageError);
  });
});
