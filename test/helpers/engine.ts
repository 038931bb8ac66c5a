import * as z from 'zod';
import type { Action, ExecuteContext } from '../../src/contract/action.ts';
import type { StampedEvent } from '../../src/contract/event.ts';
import type { JsonObject, JsonValue } from '../../src/contract/json.ts';
import type { Node } from '../../src/contract/node.ts';
import type { FileOperation } from '../../src/contract/operation.ts';
import type { Plan, PlanItem, PlanSection, PlanStep } from '../../src/contract/plan.ts';
import { createEngine } from '../../src/engine/engine.ts';
import type { Engine, EngineCollaborators, Prompter, RunOptions } from '../../src/engine/types.ts';
import { systemClock } from '../../src/foundation/clock.ts';

/** What a test's action does on execute; it may perform `operation`. */
export type Behaviour = (
  context: ExecuteContext,
  operation: FileOperation,
) => Promise<JsonObject | undefined>;

/** One operation a test's step may do. */
export function operationOf(step: string): FileOperation {
  return { kind: 'file', verb: 'write', path: `/${step}`, effect: 'change' };
}

/** An action that describes nothing itself (plans are made by hand) and behaves as told. */
export function testAction(
  name: string,
  behave: Behaviour,
  more: Partial<Action> & { before?: (context: { reversed: unknown }) => JsonValue } = {},
): Action {
  const { before, ...rest } = more;
  return {
    name,
    effect: 'change',
    input: z.unknown(),
    onCancel: 'kill',
    describe: () => Promise.resolve({ operations: [] }),
    prepare: (_input, context) => Promise.resolve(before?.(context) ?? null),
    async execute(_input, _before, context) {
      return (await behave(context, operationOf(context.run.step))) ?? {};
    },
    check: () => Promise.resolve('not-done'),
    ...rest,
  };
}

/** A step of a plan made by hand; uses the action of the same name unless told otherwise. */
export function planStep(id: string, more: Partial<PlanStep> = {}): PlanStep {
  return {
    id,
    title: `Do ${id}`,
    uses: id,
    effect: 'change',
    label: 'checked',
    executions: [{ node: 'central', input: {}, operations: [operationOf(id)], outputs: {}, notes: [] }],
    with: {},
    onFailure: 'stop',
    reverses: [],
    pointOfNoReturn: false,
    origin: 'runbook',
    ...more,
  };
}

/** A section of a plan made by hand. */
export function planSection(items: readonly PlanItem[], more: Partial<PlanSection> = {}): PlanSection {
  return { id: 'main', preflight: false, restart: 'step', items, ...more };
}

/** A plan made by hand. */
export function planOf(sections: readonly PlanSection[], always: readonly PlanItem[] = []): Plan {
  return {
    schemaVersion: 1,
    tool: 'test',
    runbook: { name: 'test', title: 'Test runbook', file: 'test.yaml', sha256: '0' },
    site: 'lab',
    createdAt: '2026-01-01T00:00:00.000Z',
    params: {},
    sections,
    always,
    onFailure: [],
    fingerprint: {},
    checks: [],
    predicted: { basedOn: 0 },
    warnings: [],
  };
}

const NODE = {
  name: 'central',
  host: 'qs1',
  role: 'central',
  failoverCandidate: false,
  transport: 'simulated',
};

/** An engine over a state folder with actions made by hand, and what it said. */
export function testEngine(
  stateFolder: string,
  actions: readonly Action[],
  more: Partial<EngineCollaborators> = {},
): { engine: Engine; events: StampedEvent[] } {
  const { collaborators, events } = testCollaborators(stateFolder, actions, more);
  return { engine: createEngine(collaborators), events };
}

/** What such an engine is made of. */
export function testCollaborators(
  stateFolder: string,
  actions: readonly Action[],
  more: Partial<EngineCollaborators> = {},
): { collaborators: EngineCollaborators; events: StampedEvent[] } {
  const events: StampedEvent[] = [];
  const collaborators: EngineCollaborators = {
    site: { name: 'lab', values: {} },
    stateFolder,
    nodes: [NODE as unknown as Node],
    actions: new Map(actions.map((action) => [action.name, action])),
    clock: systemClock,
    prompter: noPrompts,
    sink: (event) => events.push(event),
    redact: (text) => text,
    tool: 'test',
    endOrphan: () => Promise.resolve(false),
    orphanRuns: () => Promise.resolve(false),
    renderReport: () => '<p>report</p>',
    lockSite: () => Promise.resolve({ release: () => Promise.resolve() }),
    siteLocked: () => Promise.resolve(false),
    self: { pid: process.pid, startedAt: 'test', host: 'qs1', user: 'erin' },
    ...more,
  };
  return { collaborators, events };
}

/** A prompter without a terminal. */
export const noPrompts: Prompter = {
  canAsk: false,
  approve: () => Promise.reject(new Error('nobody to ask')),
  step: () => Promise.reject(new Error('nobody to ask')),
  guide: () => Promise.reject(new Error('nobody to ask')),
  show: () => Promise.reject(new Error('nobody to tell')),
};

/** Options of a run that was approved. */
export function runOptions(more: Partial<RunOptions> = {}): RunOptions {
  return {
    approvals: { change: true },
    guided: false,
    signal: new AbortController().signal,
    hurry: new AbortController().signal,
    secretParams: {},
    strict: false,
    ...more,
  };
}

/** Actions that write down which steps they were run for. */
export function recordingActions(): { done: string[]; action: (name: string) => Action } {
  const done: string[] = [];
  function action(name: string): Action {
    return testAction(name, (context) => {
      done.push(context.run.step);
      return Promise.resolve({});
    });
  }
  return { done, action };
}

/** An action that always fails. */
export function failingAction(name: string, error: Error): Action {
  return testAction(name, () => Promise.reject(error));
}

/** A run whose process goes away in the step `hang`: its promise never settles, its journal has no end. */
export async function killedRun(
  folder: string,
  plan: Plan,
  actions: readonly Action[],
  more: Partial<EngineCollaborators> = {},
): Promise<void> {
  await new Promise<void>((resolve) => {
    const hang = testAction('hang', (context, operation) =>
      context.perform(operation, () => new Promise(() => resolve())),
    );
    void testEngine(folder, [...actions, hang], more).engine.run(plan, runOptions());
  });
}
