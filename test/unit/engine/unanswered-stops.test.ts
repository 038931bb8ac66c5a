import { expect, it } from 'vitest';
import type { ReversedStep } from '../../../src/contract/action.ts';
import { ServiceError, UnreachableError } from '../../../src/contract/errors.ts';
import type { Node } from '../../../src/contract/node.ts';
import type { ServiceOperation } from '../../../src/contract/operation.ts';
import { planOf, planSection, planStep, runOptions, testAction, testEngine } from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const SERVICES = ['Engine', 'Proxy', 'Printing', 'Scheduler'];

function operations(verb: 'start' | 'stop'): ServiceOperation[] {
  return SERVICES.map((service) => ({ kind: 'service', verb, service, effect: 'change' }));
}

function step(verb: 'start' | 'stop') {
  const execution = { node: 'central', input: {}, operations: operations(verb), outputs: {}, notes: [] };
  return planStep(verb, { executions: [execution], reverses: verb === 'start' ? ['stop'] : [] });
}

/** A node on which each service does what is told of it here when it is stopped. */
function nodeWhere(stop: (service: string) => Promise<void>): Node {
  return { name: 'central', host: 'qs1', role: 'central', services: { stop } } as unknown as Node;
}

const PLAN = planOf([planSection([step('stop')])], [step('start')]);

/** Stops all services side by side. */
const stopAll = testAction('stop', async (context) => {
  const all = await Promise.allSettled(operations('stop').map((operation) => context.service(operation)));
  for (const one of all) if (one.status === 'rejected') throw one.reason;
  return {};
});

it('what reverses a stop is told which services may still take it: neither stopped nor refused', async () => {
  let seen: readonly ReversedStep[] = [];
  const start = testAction('start', ({ reversed }) => ((seen = reversed), Promise.resolve({})));
  const node = nodeWhere((service) => {
    if (service === 'Engine') return Promise.reject(new UnreachableError('the connection was cut'));
    if (service === 'Proxy')
      return Promise.reject(new ServiceError('not now', service, 1052, { orderRefused: true }));
    return Promise.resolve();
  });
  const { engine } = testEngine(temporaryFolder(), [stopAll, start], { nodes: [node] });
  await engine.run(PLAN, runOptions());
  expect(seen).toEqual([{ step: 'stop', node: 'central', before: null, unanswered: ['Engine'] }]);
});

it('so it is after a kill, of those the killed run had asked', async () => {
  const folder = temporaryFolder();
  let seen: readonly ReversedStep[] = [];
  const start = testAction('start', ({ reversed }) => ((seen = reversed), Promise.resolve({})));
  const stopTwo = testAction('stop', async (context) => {
    const [engine, proxy] = operations('stop');
    if (engine !== undefined) await context.service(engine);
    if (proxy !== undefined) await context.service(proxy);
    return {};
  });
  await new Promise<void>((resolve) => {
    const node = nodeWhere((service) =>
      service === 'Engine' ? Promise.resolve() : new Promise(() => resolve()),
    );
    void testEngine(folder, [stopTwo, start], { nodes: [node] }).engine.run(PLAN, runOptions());
  });
  await testEngine(folder, [stopTwo, start]).engine.recover(runOptions());
  expect(seen.map(({ unanswered }) => unanswered)).toEqual([['Proxy']]);
});
