import { expect, it } from 'vitest';
import { createServicesStartStopped } from '../../../src/actions/services-start-stopped.ts';
import { createServicesStop } from '../../../src/actions/services-stop.ts';
import type { Action } from '../../../src/contract/action.ts';
import { InterruptedError } from '../../../src/contract/errors.ts';
import type { Node } from '../../../src/contract/node.ts';
import { createNode } from '../../../src/platform/create-node.ts';
import { setUpSimulatedNode, type NewService } from '../../../src/platform/simulated/set-up.ts';
import { fakeSite } from '../actions/fakes.ts';
import { createFakeExec } from '../../helpers/fake-exec.ts';
import { planOf, planSection, planStep, runOptions, testEngine } from '../../helpers/engine.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { noPowerShell } from '../../helpers/no-powershell.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const PROXY = 'QlikSenseProxyService';
const ENGINE = 'QlikSenseEngineService';

/** A rim node with two services and the two steps that stop and start them, and a clock that tells of the first wait. */
async function rim(services: NewService[], onWait: () => void) {
  const manual = createManualClock();
  let waited = false;
  const clock: typeof manual = {
    ...manual,
    sleep(milliseconds, signal) {
      if (!waited) onWait();
      waited = true;
      return manual.sleep(milliseconds, signal);
    },
  };
  const folder = temporaryFolder();
  await setUpSimulatedNode({ folder, services, now: clock.now() });
  const identity = { name: 'rim', host: 'r.example', role: 'rim', failoverCandidate: false } as const;
  const node = createNode(
    { ...identity, transport: 'simulated', folder },
    { exec: createFakeExec([]).exec, clock, powershell: noPowerShell, scripts: '' },
  );
  const actions = [
    createServicesStop({ site: fakeSite() }),
    createServicesStartStopped({ site: fakeSite() }),
  ] as unknown as [Action, Action];
  const [stop, start] = await Promise.all([
    planned('stop', actions[0], {}, node),
    planned('start', actions[1], { remaining: true, database: false }, node),
  ]);
  return { clock, node, actions, plan: planOf([planSection([stop])], [{ ...start, reverses: ['stop'] }]) };
}

async function planned(id: string, action: Action, input: object, node: Node) {
  const run = { id: '<run>', step: id, attempt: 1 };
  const signal = new AbortController().signal;
  const { operations } = await action.describe(input, { node, nodes: [node], run, signal, reversed: [] });
  const execution = { node: 'rim', input: { ...input }, operations, outputs: {}, notes: [] };
  return planStep(id, { uses: action.name, with: { ...input }, executions: [execution] });
}

it('a service that stops only after the run has given up waiting for its answer runs again in the end', async () => {
  const hurry = new AbortController();
  const { clock, node, actions, plan } = await rim(
    [{ name: PROXY }, { name: ENGINE, stopMs: 300, fail: { stop: 'lost', lateMs: 700, times: 1 } }],
    () => hurry.abort(new InterruptedError('Ctrl+C')),
  );
  const { engine } = testEngine(temporaryFolder(), actions, { nodes: [node], clock });
  const result = await engine.run(plan, runOptions({ hurry: hurry.signal }));
  expect(result).toMatchObject({ exitCode: 130, outcome: 'interrupted' });
  clock.advance(60_000);
  const states = await node.services.list();
  expect(states.map(({ name, state }) => `${name} ${state}`)).toEqual([
    `${PROXY} running`,
    `${ENGINE} running`,
  ]);
});
