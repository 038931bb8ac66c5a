import type { Action, ActionRegistry } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Operation } from '../contract/operation.ts';

/** Tells what was left out, and on which node. */
export type LeftOut = (operation: Operation, node: string) => void;

/** What such a step is taken to give. */
const TOLD_ONLY: ReadonlyMap<string, JsonObject> = new Map([
  ['command.run', { stdout: '', stderr: '' }],
  // Its program is a real one, by its path on this machine, and a simulated node would start it here.
  ['installer.run', { ran: false, release: null }],
]);

/**
 * The vocabulary of a rehearsal: `command.run` and `installer.run` are told instead of executed unless they only read, and
 * what a person is to do by hand is not looked for afterwards, since it is only done on the real site.
 */
export function rehearsalActions(actions: ActionRegistry, leftOut: LeftOut): ActionRegistry {
  return new Map(
    [...actions].map(([name, action]) => {
      const outputs = TOLD_ONLY.get(name);
      if (outputs !== undefined) return [name, toldOnly(action, outputs, leftOut)];
      return [name, name === 'human.confirm' ? withoutExpectation(action) : action];
    }),
  );
}

function toldOnly(action: Action, outputs: JsonObject, leftOut: LeftOut): Action {
  return {
    ...action,
    async execute(input, before, context) {
      const effect = typeof action.effect === 'function' ? action.effect(input) : action.effect;
      if (effect === 'read') return action.execute(input, before, context);
      const { operations } = await action.describe(input, context);
      for (const operation of operations) leftOut(operation, context.node.name);
      return outputs;
    },
  };
}

function withoutExpectation(action: Action): Action {
  return {
    ...action,
    execute: (input, before, context) =>
      action.execute({ ...(input as object), expect: {} }, before, context),
  };
}
