import type { Action, ActionRegistry } from '../contract/action.ts';
import type { Operation } from '../contract/operation.ts';

/** Tells what was left out, and on which node. */
export type LeftOut = (operation: Operation, node: string) => void;

/**
 * The vocabulary of a rehearsal: `command.run` is told instead of executed unless it only reads, and what a person is
 * to do by hand is not looked for afterwards, since it is only done on the real site.
 */
export function rehearsalActions(actions: ActionRegistry, leftOut: LeftOut): ActionRegistry {
  return new Map(
    [...actions].map(([name, action]) => {
      if (name === 'command.run') return [name, toldOnly(action, leftOut)];
      return [name, name === 'human.confirm' ? withoutExpectation(action) : action];
    }),
  );
}

function toldOnly(action: Action, leftOut: LeftOut): Action {
  return {
    ...action,
    async execute(input, before, context) {
      const effect = typeof action.effect === 'function' ? action.effect(input) : action.effect;
      if (effect === 'read') return action.execute(input, before, context);
      const { operations } = await action.describe(input, context);
      for (const operation of operations) leftOut(operation, context.node.name);
      return { stdout: '', stderr: '' };
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
