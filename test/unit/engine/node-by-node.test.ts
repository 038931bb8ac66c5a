import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/contract/node.ts';
import type { PlanStep } from '../../../src/contract/plan.ts';
import {
  killedRun,
  operationOf,
  planOf,
  planSection,
  planStep,
  recordingActions,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const NODES = ['central', 'rim1', 'rim2'].map(
  (name) =>
    ({
      name,
      host: name,
      role: name === 'central' ? 'central' : 'rim',
      failoverCandidate: false,
      transport: 'simulated',
    }) as unknown as Node,
);

function on(nodes: readonly string[], id: string, more: Partial<PlanStep> = {}): PlanStep {
  const executions = nodes.map((node) => ({
    ...{ node, input: {}, operations: [operationOf(id)], outputs: {}, notes: [] },
  }));
  return planStep(id, { executions, ...more });
}

/** Actions that write down where they were done; `broken` says where one fails. */
function actionsThat(done: string[], broken: { at: string }, names: readonly string[]) {
  return names.map((name) =>
    testAction(name, async (context, operation) => {
      const place = `${name} ${context.node.name}`;
      if (place === broken.at) throw new Error(`${place} is broken`);
      await context.perform(operation, () => {
        done.push(place);
        return Promise.resolve();
      });
      return {};
    }),
  );
}

const RIMS = ['rim1', 'rim2'];

describe('a section that goes node by node', () => {
  it('does all its steps on the first node before the next one', async () => {
    const done: string[] = [];
    const actions = actionsThat(done, { at: '' }, ['setup', 'start']);
    const { engine } = testEngine(temporaryFolder(), actions, { nodes: NODES });
    const plan = planOf([planSection([on(RIMS, 'setup'), on(RIMS, 'start')], { nodeByNode: true })]);
    expect(await engine.run(plan, runOptions())).toMatchObject({ outcome: 'done' });
    expect(done).toEqual(['setup rim1', 'start rim1', 'setup rim2', 'start rim2']);
  });

  it('leaves the next nodes as they are when one fails, and resume goes on with that one', async () => {
    const done: string[] = [];
    const broken = { at: 'start rim1' };
    const actions = actionsThat(done, broken, ['setup', 'start']);
    const { engine } = testEngine(temporaryFolder(), actions, { nodes: NODES });
    const plan = planOf([planSection([on(RIMS, 'setup'), on(RIMS, 'start')], { nodeByNode: true })]);
    expect(await engine.run(plan, runOptions())).toMatchObject({ outcome: 'failed' });
    expect(done).toEqual(['setup rim1']);
    broken.at = '';
    expect(await engine.resume(undefined, runOptions())).toMatchObject({ outcome: 'done' });
    expect(done).toEqual(['setup rim1', 'start rim1', 'setup rim2', 'start rim2']);
  });
});

describe('a node that the run started again while the next one is at it', () => {
  it('keeps running when the run is killed, recovered and resumed', async () => {
    const folder = temporaryFolder();
    const { action, done } = recordingActions();
    const names = ['stop-central', 'stop-rims', 'setup-central', 'start-central', 'check', 'always-start'];
    const actions = names.map((name) => action(name));
    const plan = planOf(
      [
        planSection([
          on(['central'], 'stop-central'),
          on(RIMS, 'stop-rims'),
          on(['central'], 'setup-central', { siteConsistent: false }),
          on(['central'], 'start-central', { reverses: ['stop-central'] }),
          on(RIMS, 'hang'),
          on(RIMS, 'check', { effect: 'read', siteConsistent: true }),
        ]),
      ],
      [on(['central'], 'always-start', { reverses: ['stop-central', 'stop-rims'] })],
    );
    await killedRun(folder, plan, actions, { nodes: NODES });
    const before = done.length;
    const { engine } = testEngine(folder, [...actions, action('hang')], { nodes: NODES });
    await engine.recover(runOptions());
    expect(done.slice(before)).toEqual(['stop-rims', 'stop-rims']);
    expect(await engine.unfinished()).toMatchObject({
      ...{ halfChanged: true, startedAgain: ['central'], keptDown: ['rim1', 'rim2'] },
    });
    expect(await engine.resume(undefined, runOptions())).toMatchObject({ outcome: 'done' });
    expect(done.filter((name) => name === 'stop-central')).toHaveLength(1);
    expect(done.filter((name) => name === 'start-central')).toHaveLength(1);
  });
});
