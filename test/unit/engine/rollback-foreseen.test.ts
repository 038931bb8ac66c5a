import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action, UndoAhead } from '../../../src/contract/action.ts';
import { InterruptedError, PreflightError, StepError } from '../../../src/contract/errors.ts';
import {
  noPrompts,
  planOf,
  planSection,
  planStep,
  recordingActions as recorder,
  runOptions,
  testEngine,
} from '../../helpers/engine.ts';
import { restorableSite } from '../../helpers/restorable-site.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const RESTORE = planOf(
  [
    planSection([
      planStep('stop'),
      planStep('load'),
      planStep('swap', { siteConsistent: false }),
      planStep('move'),
      planStep('check', { siteConsistent: true }),
    ]),
  ],
  [planStep('start', { reverses: ['stop'] })],
);

/** A site whose `swap` and `load` look ahead: what is named in `gone` stands in their way. */
function lab() {
  const site = restorableSite();
  const gone = new Set<string>();
  const asked: [string, UndoAhead][] = [];
  const foreseeing = (name: string): Action =>
    site.restoring(name, {
      discard: () => Promise.resolve(),
      foreseeUndo: (_input, _before, _outputs, _context, ahead) => {
        asked.push([name, ahead]);
        const error = new StepError(`The old ${name} is gone.`, { hint: `Look for the old ${name}.` });
        return Promise.resolve(gone.has(name) ? [error] : []);
      },
    });
  const actions = [
    ...site.actions,
    ...['load', 'swap'].map(foreseeing),
    site.restoring('move'),
    recorder().action('check'),
  ];
  const folder = temporaryFolder();
  return { ...site, gone, asked, all: actions, folder, engine: testEngine(folder, actions).engine };
}

async function refusal(work: Promise<unknown>): Promise<PreflightError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PreflightError) return error;
  throw new Error('it was not refused', { cause: error });
}

describe('a rollback that cannot come to its end', () => {
  it('is refused before anything is stopped or asked, naming all that stands in its way', async () => {
    const { engine, gone, is, running, undone, set, folder, all } = lab();
    const { run, folder: runFolder } = await engine.run(RESTORE, runOptions());
    set(['Engine']);
    for (const name of ['load', 'swap']) gone.add(name);
    const journal = readFileSync(join(runFolder, 'journal.jsonl'), 'utf8');
    const asking = testEngine(folder, all, {
      prompter: { ...noPrompts, canAsk: true, approve: () => Promise.reject(new Error('it was asked')) },
    }).engine;
    const error = await refusal(asking.rollback(run, runOptions({ approvals: { change: false } })));
    expect(error.exitCode).toBe(3);
    expect(error.message.split('\n')).toEqual([
      `run ${run} cannot be rolled back as things stand; nothing was changed`,
      '  - Put back: Do swap (central): The old swap is gone.',
      '  - Put back: Do load (central): The old load is gone.',
    ]);
    expect(error.hint?.split('\n')).toEqual([
      'Look for the old swap.',
      'Look for the old load.',
      'The site stays as the run left it, and goes on as it was.',
      `Once that is put right: \`sense-runbook rollback ${run}\`. Where it cannot be: keep the site as it is (\`sense-runbook cleanup ${run}\` removes what else the run keeps), or restore a backup set.`,
    ]);
    expect([undone, running(), is['move']]).toEqual([[], ['Engine'], 'new']);
    expect(readFileSync(join(runFolder, 'journal.jsonl'), 'utf8')).toBe(journal);
    expect(await engine.unfinished()).toBeUndefined();
    expect((await engine.runs())[0]).toMatchObject({ outcome: 'done', next: ['rollback', 'cleanup'] });
  });

  it('is possible again once that is put right', async () => {
    const { engine, gone } = lab();
    const { run } = await engine.run(RESTORE, runOptions());
    gone.add('swap');
    await refusal(engine.rollback(run, runOptions()));
    gone.clear();
    expect(await engine.rollback(run, runOptions())).toMatchObject({ outcome: 'rolled-back' });
  });

  it('leaves what can be tidied up: the way that its refusal names', async () => {
    const { engine, gone } = lab();
    const { run } = await engine.run(RESTORE, runOptions());
    gone.add('swap');
    await refusal(engine.rollback(run, runOptions()));
    expect(await engine.cleanup(run, runOptions())).toMatchObject({ outcome: 'done', exitCode: 0 });
  });

  it('counts a step that could not be looked at', async () => {
    const { engine, folder, all, undone } = lab();
    await engine.run(RESTORE, runOptions());
    const blind = all.map((action) =>
      action.name === 'load'
        ? { ...action, foreseeUndo: () => Promise.reject(new Error('the server does not answer')) }
        : action,
    );
    const error = await refusal(testEngine(folder, blind).engine.rollback(undefined, runOptions()));
    expect(error.message).toContain('Put back: Do load (central): the server does not answer');
    expect(undone).toEqual([]);
  });

  it('is not refused, but interrupted, when the looking is', async () => {
    const { engine, folder, all } = lab();
    await engine.run(RESTORE, runOptions());
    const interruption = new AbortController();
    const slow = all.map((action) =>
      action.name === 'swap'
        ? {
            ...action,
            foreseeUndo: () => {
              interruption.abort(new InterruptedError('Ctrl+C'));
              return Promise.reject(new Error('cut off'));
            },
          }
        : action,
    );
    const { signal } = interruption;
    const rollback = testEngine(folder, slow).engine.rollback(undefined, runOptions({ signal }));
    await expect(rollback).rejects.toThrow('Ctrl+C');
    expect((await engine.runs())[0]).toMatchObject({ outcome: 'done' });
  });
});

describe('a rollback that is repeated', () => {
  it('does not ask what is put back already, and tells a step whether its own had begun', async () => {
    const { engine, asked, broken } = lab();
    await engine.run(RESTORE, runOptions());
    broken.add('swap');
    expect(await engine.rollback(undefined, runOptions())).toMatchObject({ outcome: 'failed' });
    expect(asked.map(([name, { begun }]) => [name, begun])).toEqual([
      ['swap', false],
      ['load', false],
    ]);
    asked.length = 0;
    broken.clear();
    expect(await engine.rollback(undefined, runOptions())).toMatchObject({ outcome: 'rolled-back' });
    expect(asked.map(([name, { begun }]) => [name, begun])).toEqual([
      ['swap', true],
      ['load', false],
    ]);
  });

  it('and refused says that the site is half put back, and how to give the run up', async () => {
    const { engine, gone, broken, undone, running, set } = lab();
    const { run } = await engine.run(RESTORE, runOptions());
    broken.add('swap');
    await engine.rollback(run, runOptions());
    set([]);
    gone.add('swap');
    const error = await refusal(engine.rollback(run, runOptions()));
    expect(error.message).toContain('Put back: Do swap (central): The old swap is gone.');
    expect(error.hint?.split('\n').slice(1)).toEqual([
      'A rollback of this run had begun, and what it has put back stays so. The site is half put back, and its services must not start.',
      `Once that is put right: \`sense-runbook rollback ${run}\`. Where it cannot be: \`sense-runbook runs abandon ${run}\`, then restore a backup set.`,
    ]);
    expect([undone, running()]).toEqual([['move'], []]);
    expect((await engine.runs())[0]).toMatchObject({ outcome: 'failed', next: ['rollback', 'abandon'] });
    await engine.abandon(run, runOptions({ approvals: { change: true, destroy: 'lab' } }));
    expect(await engine.unfinished()).toBeUndefined();
  });
});

describe('the rollback of a run that never finished', () => {
  it('asks only steps that were begun, and names resume as another way', async () => {
    const { engine, folder, all, asked, gone } = lab();
    const failing = all.map((action) =>
      action.name === 'swap'
        ? { ...action, execute: () => Promise.reject(new Error('the server went away')) }
        : action,
    );
    const { run } = await testEngine(folder, failing).engine.run(RESTORE, runOptions());
    gone.add('load');
    const error = await refusal(engine.rollback(run, runOptions()));
    expect(asked.map(([name]) => name)).toEqual(['swap', 'load']);
    expect(error.hint).toContain(
      `\`sense-runbook resume ${run}\` goes on with the run, or \`sense-runbook runs abandon ${run}\`, then restore a backup set.`,
    );
    expect((await engine.runs())[0]).toMatchObject({ outcome: 'failed' });
  });

  it('tells an older attempt of a step what the newer ones found, which are put back first', async () => {
    const { engine, folder, all, asked, is } = lab();
    const failing = all.map((action) =>
      action.name === 'swap'
        ? {
            ...action,
            execute: () => {
              is['swap'] = 'half';
              return Promise.reject(new Error('the server went away'));
            },
          }
        : action,
    );
    await testEngine(folder, failing).engine.run(RESTORE, runOptions());
    await engine.resume(undefined, runOptions());
    await engine.rollback(undefined, runOptions());
    expect(asked.filter(([name]) => name === 'swap').map(([, { newer }]) => newer)).toEqual([[], ['half']]);
  });
});
