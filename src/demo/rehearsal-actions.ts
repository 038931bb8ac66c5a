import type { Action, ActionRegistry, ReadContext } from '../contract/action.ts';
import type { Operation } from '../contract/operation.ts';
import type { Site } from '../site/schema.ts';
import { stageMedia, type MediaRequest } from './rehearsal-media.ts';

/** Tells what was left out, and on which node. */
export type LeftOut = (operation: Operation, node: string) => void;

/** The simulated copy that is rehearsed on. */
export type RehearsedSite = Pick<Site, 'nodes' | 'qlik'>;

/** What asks for an installer of the vendor. */
type InstallerInput = MediaRequest & { readonly file: string };

/**
 * The vocabulary of a rehearsal: `command.run` is told instead of executed unless it only reads, what a person is to do by
 * hand is not looked for afterwards, since it is only done on the real site, and installers are stand-ins, however the file
 * is called that a runbook names: the real one may lie on this machine.
 */
export function rehearsalActions(
  actions: ActionRegistry,
  site: RehearsedSite,
  leftOut: LeftOut,
): ActionRegistry {
  return new Map(
    [...actions].map(([name, action]) => {
      if (name === 'command.run') return [name, toldOnly(action, leftOut)];
      if (name === 'installer.run' || name === 'check.installer') return [name, withStandIn(action, site)];
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

/** Hash and passwords are those of the real media and the real site, so they are left out. */
function withStandIn(action: Action, { nodes, qlik }: RehearsedSite): Action {
  const staged = (input: unknown, { node }: Pick<ReadContext, 'node'>): object => {
    const given = input as InstallerInput;
    const folder = nodes.find(({ name }) => name === node.name)?.folder;
    if (folder === undefined) throw new Error(`the copy of ${node.name} has no folder`);
    const file = stageMedia(folder, given, qlik.release ?? '');
    return { ...given, file, ...('sha256' in given ? { sha256: '' } : {}), ...withoutSecrets(given) };
  };
  return {
    ...action,
    describe: (input, context) => action.describe(staged(input, context), context),
    prepare: (input, context) => action.prepare(staged(input, context), context),
    execute: (input, before, context) => action.execute(staged(input, context), before, context),
    check: (input, before, context) => action.check(staged(input, context), before, context),
  };
}

function withoutSecrets(given: object): object {
  return 'secrets' in given ? { secrets: {} } : {};
}
