import fs from 'node:fs/promises';
import path from 'node:path';
import type { Action, Description } from '../../src/contract/action.ts';
import type { StampedEvent } from '../../src/contract/event.ts';
import type { JsonObject, JsonValue } from '../../src/contract/json.ts';
import type { Node } from '../../src/contract/node.ts';
import type { Plan, PlanStep } from '../../src/contract/plan.ts';
import type { JournalEntry } from '../../src/engine/records.ts';
import type { Engine, EngineCollaborators, RunResult } from '../../src/engine/types.ts';
import { planOf, planSection, planStep, runOptions, testEngine } from './engine.ts';

/** An engine with one action, over a state folder that it keeps when it is made again: as after a kill. */
export interface OneStep {
  readonly engine: Engine;
  readonly events: StampedEvent[];
  /** What the action tells while nothing is known of a run yet. */
  readonly describe: (input: JsonObject) => Promise<Description>;
  readonly plan: (input: JsonObject) => Promise<Plan>;
  readonly run: (input: JsonObject) => Promise<RunResult>;
  readonly outputs: () => JsonObject | undefined;
  readonly journal: () => Promise<JournalEntry[]>;
}

/** Makes one; `nodes[0]` is where the step runs. Another action beside it may fail after it: `then`. */
export function oneStep(options: {
  readonly action: Action;
  readonly nodes: readonly Node[];
  readonly stateFolder: string;
  readonly then?: Action;
  readonly more?: Partial<EngineCollaborators>;
}): OneStep {
  const { action, nodes, stateFolder, then } = options;
  const [node] = nodes;
  if (node === undefined) throw new Error('a step runs on a node');
  const actions = then === undefined ? [action] : [action, then];
  const { engine, events } = testEngine(stateFolder, actions, { nodes, ...options.more });
  const afterwards = (name: string): PlanStep => {
    const made = planStep(name);
    return { ...made, executions: made.executions.map((one) => ({ ...one, node: node.name })) };
  };
  const describe = (input: JsonObject): Promise<Description> =>
    action.describe(action.input.parse(input), {
      node,
      nodes,
      run: { id: '<run>', step: 'step', attempt: 1 },
      signal: new AbortController().signal,
      reversed: [],
    });
  async function plan(input: JsonObject): Promise<Plan> {
    const { operations, outputs = {}, notes = [] } = await describe(input);
    const step = planStep('step', {
      uses: action.name,
      executions: [{ node: node?.name ?? '', input, operations, outputs, notes }],
      with: input,
    });
    return planOf([planSection([step, ...(then === undefined ? [] : [afterwards(then.name)])])]);
  }
  return {
    engine,
    events,
    describe,
    plan,
    run: async (input) => engine.run(await plan(input), runOptions()),
    outputs() {
      const done = events.findLast((event) => event.type === 'step-finished' && event.status === 'done');
      return done?.type === 'step-finished' ? done.outputs : undefined;
    },
    async journal() {
      const runs = path.join(stateFolder, 'runs');
      const [run = ''] = (await fs.readdir(runs)).sort().slice(-1);
      const text = await fs.readFile(path.join(runs, run, 'journal.jsonl'), 'utf8');
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as JournalEntry);
    },
  };
}

/** What was there before the step, as the journal has it. */
export function beforeIn(journal: readonly JournalEntry[]): JsonValue | undefined {
  const intent = journal.findLast((entry) => entry.type === 'intent');
  return intent?.type === 'intent' ? intent.before : undefined;
}
