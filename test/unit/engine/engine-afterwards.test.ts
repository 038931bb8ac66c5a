import { describe, expect, it } from 'vitest';
import {
  BusyError,
  ConfirmationError,
  SiteDownError,
  StoppedError,
  UsageError,
  NotProvenError,
  VerificationError,
} from '../../../src/contract/errors.ts';
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
        undo: (_input, before) => (undone.push(before as string), Promise.resolve()),
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
      mayBeUnknown: true,
      check: () => Promise.resolve('unknown'),
      undo: () => Promise.resolve(),
    });
    const { engine } = testEngine(temporaryFolder(), [installer]);
    await engine.run(planOf([planSection([planStep('install')])]), runOptions());
    await expect(engine.resume(undefined, runOptions())).rejects.toThrow(ConfirmationError);
    expect(tries).toBe(1);
    expect((await engine.unfinished())?.next).toContain('resume');
  });

  it('takes a lock again that was given back, and does nothing else that is done', async () => {
    const done: string[] = [];
    let fails = true;
    const folder = temporaryFolder();
    const { engine } = testEngine(folder, [
      testAction(
        'lock',
        async () => {
          done.push('lock');
          return {};
        },
        { lasting: false },
      ),
      testAction('first', async () => {
        done.push('first');
        return {};
      }),
      testAction(
        'second',
        async () => {
          done.push('second');
          if (fails) throw new Error('not yet');
          return {};
        },
        { undo: async () => undefined },
      ),
    ]);
    const plan = planOf([
      planSection([planStep('lock')], { id: 'take' }),
      planSection([planStep('first'), planStep('second')]),
    ]);
    await engine.run(plan, runOptions());
    fails = false;
    const result = await engine.resume(undefined, runOptions());
    expect(result.outcome).toBe('done');
    expect(done).toEqual(['lock', 'first', 'second', 'lock', 'second']);
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
    expect(result?.error?.message).toContain('had stopped no service');
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

describe('exit codes of a run that failed', () => {
  it('is 7 when what was stopped does not start, and 1 when an always-step started it after all', async () => {
    const { action } = recorder();
    const plan = planOf(
      [planSection([planStep('stop'), planStep('begin', { reverses: ['stop'] })])],
      [ALWAYS_START],
    );
    const down = failing('begin', new SiteDownError('it hangs'));
    const good = testEngine(temporaryFolder(), [action('stop'), down, action('start')]).engine;
    const made = await good.run(plan, runOptions());
    expect(made).toMatchObject({ exitCode: 1, outcome: 'failed' });
    expect(made.error?.message).toMatch(/it hangs; a second attempt started/);
    const never = failing('start', new SiteDownError('it still hangs'));
    const bad = testEngine(temporaryFolder(), [action('stop'), down, never]).engine;
    expect(await bad.run(plan, runOptions())).toMatchObject({ exitCode: 7 });
  });

  it('is 7 when no always-step starts what was stopped', async () => {
    const { action } = recorder();
    const plan = planOf(
      [planSection([planStep('stop'), planStep('begin', { reverses: ['stop'] })])],
      [planStep('tidy')],
    );
    const down = failing('begin', new SiteDownError('it hangs'));
    const { engine } = testEngine(temporaryFolder(), [action('stop'), down, action('tidy')]);
    expect(await engine.run(plan, runOptions())).toMatchObject({ exitCode: 7 });
  });

  it('is 5 for a failed verification, and 1 when something was changed before it', async () => {
    const damaged = failing('verify', new VerificationError('it is damaged'));
    const changing = testAction('write', async (context, operation) => {
      await context.perform(operation, () => Promise.resolve());
      return {};
    });
    const looked = testEngine(temporaryFolder(), [damaged]).engine;
    const only = planOf([planSection([planStep('verify', { effect: 'read' })])]);
    expect(await looked.run(only, runOptions())).toMatchObject({ exitCode: 5 });
    const changed = testEngine(temporaryFolder(), [changing, damaged]).engine;
    const both = planOf([planSection([planStep('write'), planStep('verify')])]);
    expect(await changed.run(both, runOptions())).toMatchObject({ exitCode: 1 });
    // A drill is the end of a run whose other work is in order.
    const drilled = testEngine(temporaryFolder(), [
      changing,
      failing('verify', new NotProvenError('it does not restore')),
    ]).engine;
    expect(await drilled.run(both, runOptions())).toMatchObject({ exitCode: 5 });
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
    await expect(engine.plan('20260101T000000Z-aaaaaa')).rejects.toThrow(UsageError);
  });
});
