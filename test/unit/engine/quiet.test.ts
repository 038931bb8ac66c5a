import { describe, expect, it } from 'vitest';
import { ConfirmationError, SiteDownError } from '../../../src/contract/errors.ts';
import {
  failingAction,
  killedRun,
  planOf,
  planSection,
  planStep,
  recordingActions,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { restorableSite } from '../../helpers/restorable-site.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const ALWAYS_START = planStep('start', { reverses: ['stop'] });
const LOOK = planStep('look', { effect: 'read', siteConsistent: false });
const CHECK = planStep('check', { effect: 'read', siteConsistent: true });

/** A site, and its restore that is killed at the step `hang`. */
function site(steps: Parameters<typeof planSection>[0]) {
  const it = restorableSite();
  const folder = temporaryFolder();
  const recorded = recordingActions();
  const actions = [
    ...it.actions,
    it.restoring('swap'),
    it.restoring('move'),
    recorded.action('look'),
    recorded.action('check'),
    recorded.action('after'),
  ];
  const plan = planOf([planSection(steps)], [ALWAYS_START]);
  const { engine } = testEngine(folder, [...actions, it.restoring('hang')]);
  return { ...it, folder, actions, plan, engine, done: recorded.done };
}

describe('while a site is half changed', () => {
  const inBracket = [planStep('stop'), LOOK, planStep('swap'), planStep('hang'), CHECK];

  it('recover stops what came up since: Windows starts services of automatic start with the machine', async () => {
    const { folder, plan, actions, engine, set, running } = site(inBracket);
    await killedRun(folder, plan, actions);
    set(['Engine']);
    await engine.recover(runOptions());
    expect(running()).toEqual([]);
    expect(await engine.unfinished()).toMatchObject({
      halfChanged: true,
      next: ['resume', 'rollback', 'abandon'],
    });
    await engine.rollback(undefined, runOptions());
    expect((await engine.runs())[0]?.halfChanged).toBeUndefined();
  });

  it('recover says what to do when it cannot stop what came up', async () => {
    const { folder, plan, actions, restoring } = site(inBracket);
    await killedRun(folder, plan, actions);
    const stuck = [...actions, restoring('hang')].map((action) =>
      action.name === 'stop' ? failingAction('stop', new Error('does not stop')) : action,
    );
    const recovered = await testEngine(folder, stuck).engine.recover(runOptions());
    const said = recovered?.warnings.map(({ message, hint }) => `${message} ${hint ?? ''}`).join('\n');
    expect(said).toMatch(/services of the half changed site may run: .*does not stop/);
    expect(said).toContain('Stop every Qlik Sense service but the database on every node.');
  });

  it('resume stops what came up since, before it changes anything more', async () => {
    const { folder, plan, actions, engine, set, ranWhile, running } = site(inBracket);
    await killedRun(folder, plan, actions);
    await engine.recover(runOptions());
    set(['Engine']);
    expect(await engine.resume(undefined, runOptions())).toMatchObject({ outcome: 'done' });
    expect(ranWhile['hang']).toEqual([]);
    expect(running()).toEqual(['Engine', 'Printing']);
  });

  it('rollback stops what came up since, and starts what ran before the run', async () => {
    const { folder, plan, actions, engine, set, ranWhile, running } = site(inBracket);
    await killedRun(folder, plan, actions);
    await engine.recover(runOptions());
    set(['Printing']);
    expect(await engine.rollback(undefined, runOptions())).toMatchObject({ outcome: 'rolled-back' });
    expect(ranWhile['swap']).toEqual([]);
    expect(running()).toEqual(['Engine', 'Printing']);
  });
});

describe('the bracket begins with the first thing that is changed in it', () => {
  it('killed while it only looked, recover starts what was stopped', async () => {
    const steps = [planStep('stop'), LOOK, planStep('hang', { effect: 'read' }), planStep('swap'), CHECK];
    const { folder, plan, actions, engine, running } = site(steps);
    await killedRun(folder, plan, actions);
    await engine.recover(runOptions());
    expect(running()).toEqual(['Engine', 'Printing']);
  });
});

describe('the rollback of a done run', () => {
  const whole = [planStep('stop'), LOOK, planStep('swap'), CHECK, planStep('after')];

  it('stops the services before it puts the first thing back', async () => {
    const { plan, engine, ranWhile, running } = site(whole);
    await engine.run(plan, runOptions());
    expect(running()).toEqual(['Engine', 'Printing']);
    await engine.rollback(undefined, runOptions());
    expect(ranWhile['swap']).toEqual([]);
    expect(running()).toEqual(['Engine', 'Printing']);
  });

  it('stops also what a step of the run itself started again', async () => {
    const again = planStep('start-again', { uses: 'start', reverses: ['stop'] });
    const { plan, engine, ranWhile, running } = site([...whole.slice(0, 4), again]);
    await engine.run(plan, runOptions());
    expect(running()).toEqual(['Engine', 'Printing']);
    expect(await engine.rollback(undefined, runOptions())).toMatchObject({ outcome: 'rolled-back' });
    expect(ranWhile['swap']).toEqual([]);
    expect(running()).toEqual(['Engine', 'Printing']);
  });

  it('changes nothing when the services cannot be stopped', async () => {
    const { folder, plan, actions, engine, is, running } = site(whole);
    await engine.run(plan, runOptions());
    const stuck = actions.map((action) =>
      action.name === 'stop' ? failingAction('stop', new Error('does not stop')) : action,
    );
    const failed = await testEngine(folder, stuck).engine.rollback(undefined, runOptions());
    expect(failed).toMatchObject({ outcome: 'failed' });
    expect(is).toEqual({ swap: 'new' });
    expect(running()).toEqual(['Engine', 'Printing']);
    expect((await engine.runs())[0]).toMatchObject({ outcome: 'done', next: ['rollback'] });
  });

  it('wants the site named where something was replaced: what came since is lost', async () => {
    const replacing = [planStep('stop'), LOOK, planStep('swap', { effect: 'destroy' }), CHECK];
    const { plan, engine } = site(replacing);
    const named = runOptions({ approvals: { change: true, destroy: 'lab' } });
    await engine.run(plan, named);
    await expect(engine.rollback(undefined, runOptions())).rejects.toThrow(ConfirmationError);
    expect(await engine.rollback(undefined, named)).toMatchObject({ outcome: 'rolled-back' });
  });

  it('wants no more than a change where the run had failed', async () => {
    const replacing = [planStep('stop'), LOOK, planStep('swap', { effect: 'destroy' }), planStep('broken')];
    const { folder, plan, actions } = site(replacing);
    const { engine } = testEngine(folder, [...actions, failingAction('broken', new Error('no'))]);
    await engine.run(plan, runOptions({ approvals: { change: true, destroy: 'lab' } }));
    expect(await engine.rollback(undefined, runOptions())).toMatchObject({ outcome: 'rolled-back' });
  });
});

describe('behind a closed bracket', () => {
  it('a failure lets the services start, and resume neither stops them nor does again what is done', async () => {
    const steps = [planStep('stop'), LOOK, planStep('swap'), CHECK, planStep('broken'), planStep('after')];
    const { folder, plan, actions, done, running } = site(steps);
    const { engine } = testEngine(folder, [...actions, failingAction('broken', new Error('no'))]);
    await engine.run(plan, runOptions());
    expect(running()).toEqual(['Engine', 'Printing']);
    const ran: string[][] = [];
    const mended = testAction('broken', () => (ran.push(running()), Promise.resolve({})));
    await testEngine(folder, [...actions, mended]).engine.resume(undefined, runOptions());
    expect(done).toEqual(['look', 'check', 'after']);
    expect(ran).toEqual([['Engine', 'Printing']]);
  });
});

describe('a check of what the run itself changes', () => {
  const result = { id: 'space', status: 'failed' as const, message: 'no room', beforehand: true as const };
  function checking(beforehand: boolean) {
    let fails = true;
    const always = { id: result.id, status: result.status, message: result.message };
    const check = testAction('check', () => Promise.resolve({ checks: [beforehand ? result : always] }), {
      effect: 'read',
    });
    const work = testAction('work', () => (fails ? Promise.reject(new Error('no')) : Promise.resolve({})));
    const plan = planOf([
      planSection([planStep('check', { effect: 'read' })], { id: 'preflight', preflight: true }),
      planSection([planStep('work')]),
    ]);
    let passes = true;
    const quietly = {
      ...check,
      execute: (...given: Parameters<typeof check.execute>) =>
        passes ? Promise.resolve({ checks: [] }) : check.execute(...given),
    };
    const { engine } = testEngine(temporaryFolder(), [quietly, work]);
    return { engine, plan, mend: () => (fails = false), fail: () => (passes = false) };
  }

  it('refuses the run, but only warns when the run goes on', async () => {
    const { engine, plan, mend, fail } = checking(true);
    await engine.run(plan, runOptions());
    mend();
    fail();
    await expect(engine.resume(undefined, runOptions())).resolves.toMatchObject({ outcome: 'done' });
    await expect(engine.run(plan, runOptions())).rejects.toThrow('no room');
  });

  it('refuses also to go on where it is not of that kind', async () => {
    const { engine, plan, mend, fail } = checking(false);
    await engine.run(plan, runOptions());
    mend();
    fail();
    await expect(engine.resume(undefined, runOptions())).rejects.toThrow('no room');
  });
});

describe('a run whose services cannot be started', () => {
  it('can be put back or gone on with too, since what it changed may be why', async () => {
    const steps = [planStep('stop'), LOOK, planStep('swap'), CHECK];
    const { folder, plan, actions, engine, is, running } = site(steps);
    const never = actions.map((action) =>
      action.name === 'start' ? failingAction('start', new SiteDownError('it does not start')) : action,
    );
    const bad = testEngine(folder, never).engine;
    expect(await bad.run(plan, runOptions())).toMatchObject({ exitCode: 7 });
    expect((await bad.unfinished())?.next).toEqual(['recover', 'resume', 'rollback', 'abandon']);
    expect(await engine.rollback(undefined, runOptions())).toMatchObject({ outcome: 'rolled-back' });
    expect([is, running()]).toEqual([{ swap: 'old' }, ['Engine', 'Printing']]);
  });
});
