import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/contract/action.ts';
import {
  ConfirmationError,
  InterruptedError,
  PreflightError,
  UsageError,
} from '../../../src/contract/errors.ts';
import type { FileOperation } from '../../../src/contract/operation.ts';
import type { RunReport } from '../../../src/engine/types.ts';
import {
  failingAction as failing,
  noPrompts,
  planOf,
  planSection,
  planStep,
  recordingActions as recorder,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const APPROVED = runOptions({ approvals: { change: true, destroy: 'lab' } });
const PLAN = planOf([planSection([planStep('databases'), planStep('share')])]);

/** Two steps that keep something each; what they keep is `there`. */
function keepingSite() {
  const there = new Set(['/old/databases', '/old/share']);
  const undone: string[] = [];
  function keeping(name: string, more: Partial<Action> = {}): Action {
    const removal: FileOperation = {
      kind: 'file',
      verb: 'remove',
      path: `/old/${name}`,
      effect: 'destroy',
    };
    return testAction(name, () => Promise.resolve({ kept: name }), {
      before: () => name,
      undo: () => (undone.push(name), Promise.resolve()),
      describeDiscard: (_input, before, outputs) => {
        expect([before, outputs]).toEqual([name, { kept: name }]);
        return Promise.resolve({
          operations: there.has(`/old/${name}`) ? [removal] : [],
          estimate: { bytes: 2_500_000, files: 3 },
        });
      },
      discard: (_input, _before, _outputs, context) =>
        context.perform(removal, () => {
          there.delete(`/old/${name}`);
          return Promise.resolve();
        }),
      ...more,
    });
  }
  return { there, undone, keeping, actions: [keeping('databases'), keeping('share')] };
}

async function doneRun(folder: string, actions: readonly Action[]) {
  const { engine } = testEngine(folder, actions);
  const { run } = await engine.run(PLAN, runOptions());
  return { engine, run };
}

/** A cleanup whose process goes away while it removes what `at` keeps. */
async function killedCleanup(folder: string, actions: readonly Action[], at: string, run: string) {
  await new Promise<void>((resolve) => {
    const hanging = actions.map((action) =>
      action.name === at ? { ...action, discard: () => new Promise<void>(() => resolve()) } : action,
    );
    void testEngine(folder, hanging).engine.cleanup(run, APPROVED);
  });
}

describe('cleanup', () => {
  it('removes what a done run keeps, newest first, and the run stays done', async () => {
    const { actions, there } = keepingSite();
    const folder = temporaryFolder();
    const { engine, run } = await doneRun(folder, actions);
    expect((await engine.runs())[0]?.next).toEqual(['rollback', 'cleanup']);
    const { engine: again, events } = testEngine(folder, actions);
    const result = await again.cleanup(run, APPROVED);
    expect(result).toMatchObject({ run, outcome: 'done', exitCode: 0, downtime: {} });
    expect([...there]).toEqual([]);
    const titles = events.flatMap((event) => (event.type === 'step-finished' ? [event.title] : []));
    expect(titles).toEqual(['Remove what is kept: Do share', 'Remove what is kept: Do databases']);
    expect((await engine.runs())[0]).toMatchObject({ outcome: 'done', next: [], holdsSite: false });
    const report = JSON.parse(readFileSync(join(result.folder, 'report.json'), 'utf8')) as RunReport;
    expect(report.steps.map(({ step, status, cleanup }) => [step, status, cleanup])).toEqual([
      ['databases', 'done', 'done'],
      ['share', 'done', 'done'],
    ]);
  });

  it('names every path and size, and wants the name of the site', async () => {
    const { actions, there } = keepingSite();
    const folder = temporaryFolder();
    const { engine, run } = await doneRun(folder, actions);
    await expect(engine.cleanup(run, runOptions())).rejects.toThrow(ConfirmationError);
    const asked: unknown[] = [];
    const asking = testEngine(folder, actions, {
      prompter: {
        ...noPrompts,
        canAsk: true,
        approve: (question) => (asked.push(question), Promise.resolve(false)),
      },
    }).engine;
    await expect(asking.cleanup(run, runOptions())).rejects.toThrow('not confirmed');
    expect(asked).toEqual([
      expect.objectContaining({
        effect: 'destroy',
        title: `remove what run ${run} keeps`,
        lines: [
          'What "Do share" (central) keeps, 2.5 MB in 3 files:',
          'Gone afterwards: /old/share',
          'What "Do databases" (central) keeps, 2.5 MB in 3 files:',
          'Gone afterwards: /old/databases',
          'Afterwards the run can no longer be rolled back.',
        ],
      }),
    ]);
    expect(there.size).toBe(2);
    expect((await engine.runs())[0]?.next).toEqual(['rollback', 'cleanup']);
  });

  it('shows what is kept without a trace', async () => {
    const { actions } = keepingSite();
    const { engine, run } = await doneRun(temporaryFolder(), actions);
    const [{ folder = '' } = {}] = await engine.runs();
    const journal = readFileSync(join(folder, 'journal.jsonl'), 'utf8');
    const kept = await engine.kept(run, new AbortController().signal);
    expect(kept).toMatchObject([
      { step: 'share', title: 'Do share', bytes: 2_500_000, files: 3 },
      { step: 'databases', operations: [{ path: '/old/databases' }] },
    ]);
    expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8')).toBe(journal);
  });

  it.each(['share', 'databases'])(
    'killed at %s leaves the run done and the site free, and is repeated',
    async (at) => {
      const { actions, there, undone } = keepingSite();
      const folder = temporaryFolder();
      const { engine, run } = await doneRun(folder, actions);
      await killedCleanup(folder, actions, at, run);
      expect((await engine.runs())[0]).toMatchObject({ outcome: 'done', next: ['cleanup'] });
      expect(await engine.unfinished()).toBeUndefined();
      expect(await engine.recover(runOptions())).toBeUndefined();
      const refused = engine.rollback(run, runOptions());
      await expect(refused).rejects.toThrow(PreflightError);
      await expect(refused).rejects.toThrow('`cleanup` has removed what it kept for that, or a part of it');
      expect(undone).toEqual([]);
      expect(await engine.cleanup(run, APPROVED)).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(there.size).toBe(0);
      await expect(engine.rollback(run, runOptions())).rejects.toThrow(PreflightError);
      await expect(engine.cleanup(run, APPROVED)).rejects.toThrow('it keeps nothing');
    },
  );

  it('is seen as running while it runs', async () => {
    const { actions } = keepingSite();
    const folder = temporaryFolder();
    const { run } = await doneRun(folder, actions);
    await killedCleanup(folder, actions, 'share', run);
    const watching = testEngine(folder, actions, { siteLocked: () => Promise.resolve(true) }).engine;
    expect((await watching.runs())[0]).toMatchObject({ outcome: 'running', next: [] });
  });

  it('that fails stops there, is told, and leaves the run done', async () => {
    const { actions, there, keeping } = keepingSite();
    const folder = temporaryFolder();
    const { run } = await doneRun(folder, actions);
    const locked = keeping('share', { discard: () => Promise.reject(new Error('the file is open')) });
    const broken = testEngine(folder, [actions[0] ?? locked, locked]).engine;
    const result = await broken.cleanup(run, APPROVED);
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(result.error?.message).toContain('the file is open');
    expect(there.size).toBe(2);
    expect((await broken.runs())[0]).toMatchObject({ outcome: 'done', next: ['cleanup'], holdsSite: false });
  });

  it('interrupted goes on later', async () => {
    const { actions, keeping } = keepingSite();
    const folder = temporaryFolder();
    const { run, engine } = await doneRun(folder, actions);
    const interruption = new AbortController();
    const stopping = keeping('share', {
      discard: () => (interruption.abort(new InterruptedError('Ctrl+C')), Promise.resolve()),
    });
    const options = { ...APPROVED, signal: interruption.signal };
    const result = await testEngine(folder, [keeping('databases'), stopping]).engine.cleanup(run, options);
    expect(result).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
    const left = await engine.kept(run, new AbortController().signal);
    expect(left.map(({ step }) => step)).toEqual(['databases']);
  });

  it('only notes what is gone already, and asks nothing then', async () => {
    const { actions, there } = keepingSite();
    const { run, engine } = await doneRun(temporaryFolder(), actions);
    there.clear();
    expect(await engine.cleanup(run, runOptions())).toMatchObject({ outcome: 'done' });
    expect((await engine.runs())[0]?.next).toEqual([]);
  });

  it('does nothing that it has not shown', async () => {
    const { actions, keeping } = keepingSite();
    const folder = temporaryFolder();
    const { run } = await doneRun(folder, actions);
    const other: FileOperation = { kind: 'file', verb: 'remove', path: '/else', effect: 'destroy' };
    const greedy = keeping('share', {
      discard: (_input, _before, _outputs, context) => context.perform(other, () => Promise.resolve()),
    });
    const result = await testEngine(folder, [keeping('databases'), greedy]).engine.cleanup(run, APPROVED);
    expect(result.error?.message).toContain('tried an operation that its plan does not have');
  });

  it('is refused for a run that is not done, and for one that keeps nothing', async () => {
    const { keeping } = keepingSite();
    const { engine } = testEngine(temporaryFolder(), [
      keeping('databases'),
      failing('share', new Error('no')),
    ]);
    const { run } = await engine.run(PLAN, runOptions());
    const refused = engine.cleanup(run, APPROVED);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow('is failed, so that what it keeps may still be needed');
    await expect(engine.kept(run, new AbortController().signal)).rejects.toThrow('is failed');
    await engine.rollback(run, runOptions());
    await expect(engine.cleanup(run, APPROVED)).rejects.toThrow('is rolled-back; it keeps nothing');
  });

  it('is possible for a run that was given up, and one that is done is not given up', async () => {
    const { keeping, actions } = keepingSite();
    const folder = temporaryFolder();
    const failed = testEngine(folder, [keeping('databases'), failing('share', new Error('no'))]).engine;
    const { run } = await failed.run(PLAN, runOptions());
    await failed.abandon(run, APPROVED);
    expect((await failed.runs())[0]?.next).toEqual(['cleanup']);
    expect(await failed.cleanup(run, APPROVED)).toMatchObject({ exitCode: 0 });
    expect((await failed.runs())[0]).toMatchObject({ outcome: 'abandoned', next: [] });
    const { engine, run: other } = await doneRun(temporaryFolder(), actions);
    await expect(engine.abandon(other, APPROVED)).rejects.toThrow('is done; there is nothing to give up');
  });

  it('looks also at what a step of it kept that did not come to its end', async () => {
    const { keeping, there } = keepingSite();
    const cutOff = keeping('share', {
      execute: () => Promise.reject(new Error('the disk is full')),
      describeDiscard: () =>
        Promise.resolve({
          operations: [{ kind: 'file', verb: 'remove', path: '/old/share', effect: 'destroy' }],
        }),
    });
    const { engine } = testEngine(temporaryFolder(), [keeping('databases'), cutOff]);
    const { run } = await engine.run(PLAN, runOptions());
    await engine.abandon(run, APPROVED);
    expect(await engine.cleanup(run, APPROVED)).toMatchObject({ exitCode: 0 });
    expect([...there]).toEqual([]);
  });

  it('lets other runs begin while something is kept', async () => {
    const { actions } = keepingSite();
    const { engine } = testEngine(temporaryFolder(), [...actions, recorder().action('backup')]);
    await engine.run(PLAN, runOptions());
    const backup = await engine.run(planOf([planSection([planStep('backup')])]), runOptions());
    expect(backup.outcome).toBe('done');
  });
});
