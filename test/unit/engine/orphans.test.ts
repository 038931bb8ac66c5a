import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/contract/action.ts';
import { InterruptedError } from '../../../src/contract/errors.ts';
import type { CommandOperation } from '../../../src/contract/operation.ts';
import type { EngineCollaborators } from '../../../src/engine/types.ts';
import {
  planOf,
  planSection,
  planStep,
  recordingActions as recorder,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const COMMAND: CommandOperation = { kind: 'command', argv: ['program.exe'], effect: 'change' };
const CHILD = { pid: 4711, startedAt: 'then' };

/** A step that runs a program. */
function programStep(uses: string) {
  return planStep('program', {
    uses,
    executions: [{ node: 'central', input: {}, operations: [COMMAND], outputs: {}, notes: [] }],
  });
}

/** Setup, which must not be cut off, and another program, which may be. */
function programs(log: string[]): Action[] {
  const run = (more: Partial<Action>, name: string) =>
    testAction(name, async (context) => (await context.exec(COMMAND), {}), {
      undo: () => Promise.resolve(void log.push('undo')),
      describeUndo: () => Promise.resolve({ operations: [] }),
      ...more,
    });
  return [run({ orphansFinish: true }, 'setup'), run({}, 'dump')];
}

/**
 * A run that was killed while its program ran, which ends by itself after `looks` more looks at it; what was done to it and
 * what recovers it.
 */
async function left(uses: 'setup' | 'dump', looks: number) {
  const folder = temporaryFolder();
  const { done, action } = recorder();
  const log: string[] = [];
  const actions = [...programs(log), action('stop'), action('start')];
  const plan = planOf(
    [planSection([planStep('stop'), programStep(uses)])],
    [planStep('start', { reverses: ['stop'] })],
  );
  await new Promise<void>((resolve) => {
    const exec = (_argv: unknown, options: { onSpawn(child: object): void }): Promise<never> => {
      options.onSpawn(CHILD);
      resolve();
      return new Promise(() => undefined);
    };
    const node = { name: 'central', host: 'qs1', role: 'central', exec };
    const nodes = [node] as unknown as EngineCollaborators['nodes'];
    void testEngine(folder, actions, { nodes }).engine.run(plan, runOptions());
  });
  const it = { looks, log, done, said: [] as string[] };
  const engineWith = (more: Partial<EngineCollaborators> = {}) =>
    testEngine(folder, actions, {
      clock: createManualClock(),
      endOrphan: ({ pid }) => (it.log.push(`end ${String(pid)}`), Promise.resolve(true)),
      orphanRuns: ({ pid, startedAt }) => {
        it.log.push(`look ${String(pid)} ${startedAt}, done: ${done.join(' ')}`);
        it.looks -= 1;
        return Promise.resolve(it.looks >= 0);
      },
      sink: (event) => {
        if (event.type === 'warning') it.said.push(event.message);
      },
      ...more,
    }).engine;
  return { it, engineWith };
}

/** The clock of somebody who presses Ctrl+C while waiting. */
function impatient(waits: AbortController) {
  const clock = createManualClock();
  return {
    ...clock,
    sleep(milliseconds: number, signal?: AbortSignal) {
      waits.abort(new InterruptedError('interrupted'));
      return clock.sleep(milliseconds, signal);
    },
  };
}

const messages = (result: { warnings: readonly { message: string }[] } | undefined) =>
  result?.warnings.map(({ message }) => message) ?? [];

describe('a setup that goes on after the tool was killed', () => {
  it('is waited for by recover, which ends nothing and starts services only then', async () => {
    const { it: lab, engineWith } = await left('setup', 3);
    const result = await engineWith().recover(runOptions());
    expect(new Set(lab.log)).toEqual(new Set(['look 4711 then, done: stop']));
    expect(lab.log.length).toBeGreaterThan(3);
    expect(lab.done).toEqual(['stop', 'start']);
    expect(messages(result)).toEqual([
      expect.stringMatching(/^waiting for program\.exe \(process 4711\), .*must not be cut off$/),
    ]);
    expect(result).toMatchObject({ outcome: 'failed', exitCode: 0 });
  });

  it('that ended meanwhile is looked at once, and nothing is said', async () => {
    const { it: lab, engineWith } = await left('setup', 0);
    const result = await engineWith().recover(runOptions());
    expect(lab.log).toHaveLength(1);
    expect([messages(result), lab.done]).toEqual([[], ['stop', 'start']]);
  });

  it('goes on when Ctrl+C ends the waiting: nothing is started, and recover can be called again', async () => {
    const { it: lab, engineWith } = await left('setup', Infinity);
    const waits = new AbortController();
    const waiting = engineWith({ clock: impatient(waits) }).recover(runOptions({ signal: waits.signal }));
    await expect(waiting).rejects.toThrow('interrupted');
    expect(lab.log.join()).not.toContain('end 4711');
    expect(lab.done).toEqual(['stop']);
    lab.looks = 1;
    expect(await engineWith().recover(runOptions())).toMatchObject({ outcome: 'failed', exitCode: 0 });
    expect(lab.done).toEqual(['stop', 'start']);
    expect(lab.log.join()).not.toContain('end 4711');
  });

  it('keeps a rollback away until recover has waited for it', async () => {
    const { it: lab, engineWith } = await left('setup', Infinity);
    await expect(engineWith().rollback(undefined, runOptions())).rejects.toThrow('must be recovered first');
    expect([lab.log, lab.done]).toEqual([[], ['stop']]);
  });

  it('is waited for by rollback when recover did not see it, before anything is put back', async () => {
    const { it: lab, engineWith } = await left('setup', 0);
    await engineWith().recover(runOptions());
    lab.looks = 3;
    lab.log.length = 0;
    const result = await engineWith().rollback(undefined, runOptions());
    const looks = lab.log.filter((line) => line.startsWith('look'));
    expect(looks.length).toBeGreaterThan(3);
    expect(lab.log).toEqual([...looks, 'undo']);
    expect(lab.said.join()).toContain('waiting for program.exe (process 4711)');
    expect(result.outcome).toBe('rolled-back');
  });
});

describe('any other program that a killed run left', () => {
  it('is ended by recover before services are started, and said', async () => {
    const { it: lab, engineWith } = await left('dump', Infinity);
    const result = await engineWith().recover(runOptions());
    expect([lab.log, lab.done]).toEqual([['end 4711'], ['stop', 'start']]);
    expect(messages(result)).toEqual(['ended program.exe (process 4711), which the killed run had left']);
  });

  it('is ended by rollback when recover could not, before anything is put back', async () => {
    const { it: lab, engineWith } = await left('dump', Infinity);
    const failing = { endOrphan: () => Promise.reject(new Error('not permitted')) };
    const recovered = await engineWith(failing).recover(runOptions());
    expect(messages(recovered).join()).toContain('not permitted');
    const result = await engineWith().rollback(undefined, runOptions());
    expect(lab.log).toEqual(['end 4711', 'undo']);
    expect(result.outcome).toBe('rolled-back');
  });
});
