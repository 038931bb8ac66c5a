import * as z from 'zod';
import type { ZodType } from 'zod';
import type { Action, Description } from '../../../src/contract/action.ts';
import { UsageError } from '../../../src/contract/errors.ts';
import type { Node, ReadableNode } from '../../../src/contract/node.ts';
import type { EffectClass } from '../../../src/contract/operation.ts';
import type { PredictedFrom } from '../../../src/contract/plan.ts';
import { loadRunbook } from '../../../src/runbook/load.ts';
import type { Predict } from '../../../src/runbook/predict.ts';
import { resolvePlan } from '../../../src/runbook/resolve.ts';
import type { ResolveOptions } from '../../../src/runbook/resolve.ts';

/** A node that fails the test when anything is asked of it. */
export function node(name: string, facts: Partial<Omit<ReadableNode, 'repository'>> = {}): Node {
  const refuse = (): never => {
    throw new Error(`nothing may be asked of ${name} here`);
  };
  const port = new Proxy({}, { get: refuse });
  return {
    name,
    host: `${name}.example`,
    role: 'rim',
    failoverCandidate: false,
    transport: 'simulated',
    facts: refuse,
    reach: (path) => path,
    readyUrl: `http://${name}.example:4444/`,
    ready: refuse,
    exec: refuse,
    ...facts,
    services: port as Node['services'],
    certificates: port as Node['certificates'],
  };
}

/** What a test says of an action; the rest is filled in. */
export interface FakeAction<Input> {
  readonly effect?: EffectClass | ((input: Input) => EffectClass);
  readonly input?: ZodType<Input>;
  readonly describe?: (input: Input, node: ReadableNode) => Description;
}

/** An action that can only be described. */
export function action<Input = Record<string, unknown>>(
  name: string,
  parts: FakeAction<Input> = {},
): [string, Action] {
  const refuse = (): never => {
    throw new Error(`${name} may only be described here`);
  };
  const made: Action<Input> = {
    name,
    effect: parts.effect ?? 'read',
    input: parts.input ?? (z.record(z.string(), z.unknown()) as unknown as ZodType<Input>),
    onCancel: 'kill',
    describe: (input, context) =>
      Promise.resolve().then(() => parts.describe?.(input, context.node) ?? { operations: [] }),
    prepare: refuse,
    execute: refuse,
    check: refuse,
  };
  return [name, made as unknown as Action];
}

/** The options of `resolvePlan` for a runbook's text, with a central node, two rims and the actions given. */
export function options(
  text: string,
  actions: readonly [string, Action][] = [],
  more: Partial<ResolveOptions> = {},
): ResolveOptions {
  return {
    runbook: loadRunbook(text, 'test.yaml'),
    site: { name: 'prod', values: { name: 'prod', share: { root: '/share' } } },
    hooks: [],
    nodes: [node('central', { role: 'central' }), node('rim-1', { failoverCandidate: true }), node('rim-2')],
    databaseNode: 'central',
    actions: new Map([action('look'), ...actions]),
    params: {},
    tool: 'sense-runbook 0.0.0',
    clock: {
      now: () => new Date('2026-11-23T02:00:00Z'),
      monotonic: () => 0,
      sleep: () => Promise.resolve(),
    },
    signal: new AbortController().signal,
    ...more,
  };
}

/** Resolves and gives only the plan. */
export async function planOf(...parts: Parameters<typeof options>) {
  return (await resolvePlan(options(...parts))).plan;
}

/** Predicts the steps that `times` has, in milliseconds; those that `from` has are not from runs of the same runbook. */
export function predictBy(
  times: ReadonlyMap<string, number>,
  from: ReadonlyMap<string, PredictedFrom> = new Map(),
): Predict {
  return ({ id }) => {
    const [predictedMs, predictedFrom] = [times.get(id), from.get(id)];
    if (predictedMs === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ predictedMs, ...(predictedFrom === undefined ? {} : { predictedFrom }) });
  };
}

/** A runbook with one section whose steps are `steps`, written with four spaces before each line. */
export function runbook(steps: string, more = ''): string {
  return `name: test\ntitle: Test\n${more}sections:\n  - id: main\n    steps:\n${steps}\n`;
}

/** The message of the UsageError that `work` throws. */
export function usageError(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}
