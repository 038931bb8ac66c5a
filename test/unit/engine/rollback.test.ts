import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/contract/action.ts';
import { InterruptedError, PreflightError } from '../../../src/contract/errors.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { ServiceOperation } from '../../../src/contract/operation.ts';
import {
  failingAction as failing,
  killedRun,
  operationOf,
  noPrompts,
  planOf,
  planSection,
  planStep,
  recordingActions as recorder,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { restorableSite } from '../../helpers/restorable-site.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const START: ServiceOperation = { kind: 'service', verb: 'start', service: 'Engine', effect: 'change' };
const ALWAYS_START = planStep('start', { reverses: ['stop'] });
const begin = (id: string) => planStep(id, { siteConsistent: false });
const end = (id: string) => planStep(id, { siteConsistent: true });

/** What a restore looks like: stop, swap and move inside the bracket, check, run again. */
const RESTORE = planOf(
  [planSection([planStep('stop'), planStep('load'), begin('swap'), planStep('move'), end('check')])],
  [ALWAYS_START],
);

/** The rollback of the newest run, killed while it puts back `at`. */
async function killedRollback(folder: string, actions: readonly Action[], at: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const hanging = actions.map((action) =>
      action.name === at ? { ...action, undo: () => new Promise<void>(() => resolve()) } : action,
    );
    void testEngine(folder, hanging).engine.rollback(undefined, runOptions());
  });
}

describe('the rollback of a done run', () => {
  function done() {
    const site = restorableSite();
    const folder = temporaryFolder();
    const actions = [
      ...site.actions,
      ...['load', 'swap', 'move'].map((name) => site.restoring(name)),
      recorder().action('check'),
    ];
    return { ...site, folder, all: actions, engine: testEngine(folder, actions).engine };
  }

  it('puts everything back and starts what ran before the run, although the run had started it', async () => {
    const { engine, is, running, undone, set } = done();
    const { outcome } = await engine.run(RESTORE, runOptions());
    expect([outcome, is]).toEqual(['done', { load: 'new', swap: 'new', move: 'new' }]);
    set(['Engine']);
    const result = await engine.rollback(undefined, runOptions());
    expect(result).toMatchObject({ outcome: 'rolled-back', exitCode: 0 });
    expect(undone).toEqual(['move', 'swap', 'load']);
    expect(is).toEqual({ load: 'old', swap: 'old', move: 'old' });
    expect(running()).toEqual(['Engine', 'Printing']);
    expect(await engine.unfinished()).toBeUndefined();
    await expect(engine.rollback(undefined, runOptions())).rejects.toThrow('rolled-back');
  });

  it('says in its question what is put back, and that what came since does not stay', async () => {
    const { engine, folder, all } = done();
    const { run } = await engine.run(RESTORE, runOptions());
    const asked: string[] = [];
    const asking = testEngine(folder, all, {
      prompter: {
        ...noPrompts,
        canAsk: true,
        approve: ({ lines }) => (asked.push(...lines), Promise.resolve(false)),
      },
    }).engine;
    const refused = asking.rollback(run, runOptions({ approvals: { change: false } }));
    await expect(refused).rejects.toThrow('not confirmed');
    expect(asked.slice(0, 3)).toEqual([
      'Put back: Do move (central)',
      'Put back: Do swap (central)',
      'Put back: Do load (central)',
    ]);
    expect(asked[3]).toMatch(
      /^Warning: what was changed on the site since the run ended \(2.*Z\) does not stay/,
    );
  });

  it('says before and after it what stays', async () => {
    const { folder, all } = done();
    const leaving: Action = {
      ...recorder().action('stop'),
      name: 'reset',
      leaves: (outputs, nodes) => [
        `${nodes.map(({ name }) => name).join()}: reset, and stays so (${JSON.stringify(outputs)}).`,
      ],
    };
    const plan = planOf(
      [...RESTORE.sections, planSection([planStep('reset')], { id: 'more' })],
      [ALWAYS_START],
    );
    const { engine } = testEngine(folder, [...all, leaving]);
    await engine.run(plan, runOptions());
    const asked: string[] = [];
    const asking = testEngine(folder, [...all, leaving], {
      prompter: {
        ...noPrompts,
        canAsk: true,
        approve: ({ lines }) => (asked.push(...lines), Promise.resolve(true)),
      },
    }).engine;
    const { outcome, warnings } = await asking.rollback(
      undefined,
      runOptions({ approvals: { change: false } }),
    );
    expect(outcome).toBe('rolled-back');
    expect(asked).toContain('Stays: central: reset, and stays so ({}).');
    expect(asked.filter((line) => line.startsWith('Put back: Do reset'))).toEqual([]);
    expect(warnings.map(({ message }) => message)).toEqual(['central: reset, and stays so ({}).']);
  });

  it.each(['move', 'swap'])(
    'killed in %s is inside the bracket again: recover starts nothing',
    async (at) => {
      const { engine, folder, all, is, running, set } = done();
      await engine.run(RESTORE, runOptions());
      set([]);
      await killedRollback(folder, all, at);
      const recovered = await engine.recover(runOptions());
      expect(running()).toEqual([]);
      expect(recovered?.error?.message).toMatch(/not started.*sense-runbook rollback 2/);
      expect(recovered?.error?.message).not.toContain('resume');
      expect((await engine.unfinished())?.next).toEqual(['rollback', 'abandon']);
      expect(await engine.rollback(undefined, runOptions())).toMatchObject({ outcome: 'rolled-back' });
      expect(is).toEqual({ load: 'old', swap: 'old', move: 'old' });
      expect(running()).toEqual(['Engine', 'Printing']);
    },
  );

  it('killed after the bracket is put back: recover starts what ran before the run', async () => {
    const { engine, folder, all, running, set } = done();
    await engine.run(RESTORE, runOptions());
    set([]);
    await killedRollback(folder, all, 'load');
    await engine.recover(runOptions());
    expect(running()).toEqual(['Engine', 'Printing']);
    expect(await engine.rollback(undefined, runOptions())).toMatchObject({ outcome: 'rolled-back' });
  });

  it('that fails half-way leaves services down, says so, and goes on later with what is left', async () => {
    const { engine, broken, running, set, undone } = done();
    await engine.run(RESTORE, runOptions());
    set([]);
    broken.add('swap');
    const failed = await engine.rollback(undefined, runOptions());
    expect(failed).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(failed.error?.message).toBe('Put back: Do swap (swap on central): swap cannot be put back');
    expect(failed.warnings.map(({ message, hint }) => `${message} ${hint ?? ''}`).join()).toMatch(
      /must not start `sense-runbook rollback .* goes on/,
    );
    expect(running()).toEqual([]);
    broken.clear();
    expect(await engine.rollback(undefined, runOptions())).toMatchObject({ outcome: 'rolled-back' });
    expect(undone).toEqual(['move', 'swap', 'load']);
  });

  it('that put nothing back leaves the run done and the site free', async () => {
    const { engine, folder, all, broken } = done();
    const { run } = await engine.run(RESTORE, runOptions());
    const blind = all.map((action) =>
      action.name === 'move'
        ? { ...action, describeUndo: () => Promise.reject(new Error('the node does not answer')) }
        : action,
    );
    expect(broken.size).toBe(0);
    const failed = await testEngine(folder, blind).engine.rollback(run, runOptions());
    expect(failed).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(await engine.unfinished()).toBeUndefined();
    expect((await engine.runs())[0]).toMatchObject({ outcome: 'done', next: ['rollback'] });
    expect(await engine.rollback(run, runOptions())).toMatchObject({ outcome: 'rolled-back' });
  });

  it('stops between two steps when interrupted', async () => {
    const { engine, folder, all, undone } = done();
    await engine.run(RESTORE, runOptions());
    const interruption = new AbortController();
    const interrupting = all.map((action) =>
      action.name === 'move'
        ? { ...action, undo: () => (interruption.abort(new InterruptedError('Ctrl+C')), Promise.resolve()) }
        : action,
    );
    const { signal } = interruption;
    const result = await testEngine(folder, interrupting).engine.rollback(undefined, runOptions({ signal }));
    expect(result).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
    await engine.rollback(undefined, runOptions());
    expect(undone).toEqual(['swap', 'load']);
  });
});

describe('a rollback is refused', () => {
  const undoable = (name: string) =>
    testAction(name, () => Promise.resolve({}), { undo: () => Promise.resolve() });
  const plan = planOf([planSection([planStep('restore')])]);
  const harmless = planOf([planSection([planStep('backup')])]);
  let second = 0;
  /** Names of runs begin with the second: each one is a minute later. */
  const clock = {
    now: () => new Date(Date.UTC(2026, 0, 1, 0, (second += 1))),
    monotonic: () => 0,
    sleep: () => Promise.resolve(),
  };

  it('below a later run whose changes are not put back, which is named; backups in between do not matter', async () => {
    const folder = temporaryFolder();
    const { engine } = testEngine(folder, [undoable('restore'), recorder().action('backup')], { clock });
    const first = await engine.run(plan, runOptions());
    await engine.run(harmless, runOptions());
    const other = await engine.run(plan, runOptions());
    const refused = engine.rollback(first.run, runOptions());
    await expect(refused).rejects.toThrow(PreflightError);
    await expect(refused).rejects.toThrow(`run ${other.run} (Test runbook) came after`);
    await engine.rollback(other.run, runOptions());
    expect(await engine.rollback(first.run, runOptions())).toMatchObject({ outcome: 'rolled-back' });
  });

  it('below a later run that cannot be read', async () => {
    const folder = temporaryFolder();
    const { engine } = testEngine(folder, [undoable('restore'), recorder().action('backup')], { clock });
    const first = await engine.run(plan, runOptions());
    const other = await engine.run(harmless, runOptions());
    writeFileSync(join(other.folder, 'journal.jsonl'), 'oops\n');
    await expect(engine.rollback(first.run, runOptions())).rejects.toThrow('journal is damaged');
    expect((await engine.runs())[0]?.outcome).toBe('done');
  });

  it('past the point of no return, which is named, also of a done run', async () => {
    const { engine } = testEngine(temporaryFolder(), [undoable('restore'), undoable('upgrade')]);
    const { run } = await engine.run(
      planOf([planSection([planStep('restore'), planStep('upgrade', { pointOfNoReturn: true })])]),
      runOptions(),
    );
    expect((await engine.runs())[0]?.next).toEqual([]);
    await expect(engine.rollback(run, runOptions())).rejects.toThrow('point of no return (Do upgrade)');
  });
});

describe('after a rollback has begun', () => {
  it.each(['failed', 'killed'])('and was %s, resume is refused and names rollback', async (how) => {
    const site = restorableSite();
    const folder = temporaryFolder();
    const actions = [site.restoring('one'), site.restoring('two'), failing('three', new Error('no'))];
    const { engine } = testEngine(folder, actions);
    const plan = planOf([planSection([planStep('one'), planStep('two'), planStep('three')])]);
    await engine.run(plan, runOptions());
    if (how === 'killed') await killedRollback(folder, actions, 'one');
    else {
      site.broken.add('one');
      await engine.rollback(undefined, runOptions());
      site.broken.clear();
    }
    if (how === 'killed') await engine.recover(runOptions());
    expect((await engine.unfinished())?.next).toEqual(['rollback', 'abandon']);
    const refused = engine.resume(undefined, runOptions());
    await expect(refused).rejects.toThrow(PreflightError);
    await expect(refused).rejects.toThrow('was being rolled back');
    await engine.rollback(undefined, runOptions());
    expect(site.undone).toEqual(['two', 'one']);
  });

  it('puts back every attempt, newest first: only the first saw what was there before', async () => {
    const site = restorableSite();
    const before: unknown[] = [];
    let broken = true;
    const config = testAction(
      'config',
      () => {
        site.is['config'] = 'new';
        return broken ? Promise.reject(new Error('cut off')) : Promise.resolve({});
      },
      {
        before: () => site.is['config'] ?? 'old',
        undo: (_input, was) => (before.push(was), (site.is['config'] = was as string), Promise.resolve()),
      },
    );
    const { engine } = testEngine(temporaryFolder(), [config]);
    const { run } = await engine.run(planOf([planSection([planStep('config')])]), runOptions());
    broken = false;
    await engine.resume(run, runOptions());
    await engine.rollback(run, runOptions());
    expect([before, site.is['config']]).toEqual([['new', 'old'], 'old']);
  });
});

describe('what a rollback starts', () => {
  const starting = (id: string) =>
    planStep(id, {
      executions: [
        { node: 'central', input: {}, operations: [operationOf(id), START], outputs: {}, notes: [] },
      ],
    });

  async function startedBy(plan: Plan, prepare: (site: ReturnType<typeof restorableSite>) => Action[]) {
    const site = restorableSite();
    const { engine } = testEngine(temporaryFolder(), [
      ...site.actions,
      site.restoring('move'),
      ...prepare(site),
    ]);
    await engine.run(plan, runOptions());
    return { site, engine };
  }

  it('is what ran before the first stop, not what the run itself had started', async () => {
    const plan = planOf(
      [planSection([planStep('stop'), planStep('move'), starting('begin'), planStep('stop-again')])],
      [planStep('start', { reverses: ['stop', 'stop-again'] })],
    );
    const { site, engine } = await startedBy(plan, (it) => {
      it.set(['Engine']);
      return [
        testAction('begin', () => (it.set(['Engine', 'Scheduler']), Promise.resolve({}))),
        testAction('stop-again', () => (it.set([]), Promise.resolve({})), {
          before: () => ({ running: it.running() }),
        }),
      ];
    });
    expect(site.running().sort()).toEqual(['Engine', 'Scheduler']);
    site.set([]);
    await engine.rollback(undefined, runOptions());
    expect(site.running()).toEqual(['Engine']);
  });

  it('has what a second stop of the same run stopped first', async () => {
    const plan = planOf(
      [planSection([planStep('stop'), planStep('copy'), planStep('stop-rest'), planStep('move')])],
      [planStep('start', { reverses: ['stop', 'stop-rest'] })],
    );
    let broken = true;
    const { site, engine } = await startedBy(plan, () => [
      testAction('copy', () => (broken ? Promise.reject(new Error('no')) : Promise.resolve({}))),
      testAction('stop-rest', () => Promise.resolve({}), { before: () => ({ running: ['Dispatcher'] }) }),
    ]);
    broken = false;
    await engine.resume(undefined, runOptions());
    site.set([]);
    await engine.rollback(undefined, runOptions());
    expect(site.running().sort()).toEqual(['Dispatcher', 'Engine', 'Printing']);
  });
});

describe('the bracket', () => {
  it('is put back also when its first step only stopped services', async () => {
    const site = restorableSite();
    const folder = temporaryFolder();
    const plan = planOf([planSection([begin('stop'), planStep('move'), planStep('hang')])], [ALWAYS_START]);
    const actions = [...site.actions, site.restoring('move')];
    await killedRun(folder, plan, actions);
    const { engine } = testEngine(folder, [...actions, recorder().action('hang')]);
    await engine.recover(runOptions());
    expect(site.running()).toEqual([]);
    expect(await engine.rollback(undefined, runOptions())).toMatchObject({ outcome: 'rolled-back' });
    expect(site.running()).toEqual(['Engine', 'Printing']);
  });

  it('stays closed to services when its first step has no way back', async () => {
    const site = restorableSite();
    const folder = temporaryFolder();
    const plan = planOf(
      [planSection([planStep('stop'), planStep('move'), begin('drop'), planStep('hang')])],
      [ALWAYS_START],
    );
    const actions = [...site.actions, site.restoring('move'), recorder().action('drop')];
    await killedRun(folder, plan, actions);
    const { engine } = testEngine(folder, [...actions, recorder().action('hang')]);
    await engine.recover(runOptions());
    const result = await engine.rollback(undefined, runOptions());
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(result.error?.message).toContain('half changed and was not started');
    expect(site.running()).toEqual([]);
    expect(readdirSync(join(folder, 'runs'))).toHaveLength(1);
  });
});
