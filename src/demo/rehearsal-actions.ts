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

/** What asks a second database server: the simulated copy has one, and no other may be touched. */
const SECOND_SERVER = ['check.new-server', 'move.roles', 'move.settings', 'move.databases', 'move.address'];

/**
 * The vocabulary of a rehearsal: `command.run` is told instead of executed unless it only reads, what a person is to do by
 * hand is not looked for afterwards, since it is only done on the real site, and installers are stand-ins, however the file
 * is called that a runbook names: the real one may lie on this machine. What works on a
 * second database server is left out.
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
      if (SECOND_SERVER.includes(name)) return [name, leftOutWhole(action)];
      if (name === 'postgres.check-databases') return [name, onOwnServer(action)];
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

function leftOutWhole(action: Action): Action {
  const message = 'Left out in a rehearsal: the simulated copy has no second database server.';
  return {
    ...action,
    describe: () => Promise.resolve({ operations: [], notes: [message] }),
    prepare: () => Promise.resolve(null),
    execute: () =>
      Promise.resolve(
        action.effect === 'read' ? { checks: [{ id: 'new-server', status: 'warning', message }] } : {},
      ),
    check: () => Promise.resolve('not-done'),
    describeUndo: () => Promise.resolve({ operations: [] }),
    undo: () => Promise.resolve(),
  };
}

/** It asks the server of the copy, whose version is another one. */
function onOwnServer(action: Action): Action {
  return {
    ...action,
    execute: (input, before, context) =>
      action.execute({ ...(input as object), at: undefined, major: '' }, before, context),
  };
}
