import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, Judgement, ReadContext } from '../contract/action.ts';
import type { HumanOperation, Operation } from '../contract/operation.ts';
import type { ServerIdentity } from '../postgres/server-identity.ts';
import { createExchanger, type Exchange } from './exchange-servers.ts';
import {
  orderOperation,
  portOperation,
  seenAt,
  type ExchangeCollaborators,
  type Side,
} from './exchange-plan.ts';
import { factOf, notPlanned } from './failure.ts';
import { databaseNode, identityOf, targetDatabase, targetInput, targetPlace } from './move-target.ts';
import { discardKept, firstBefore, keepBefore, keepBeforeOperation } from './safety.ts';

const input = z.strictObject({
  ...targetInput,
  /** `keep`: both servers change their ports; `change`: each node is given the address of the new one. */
  address: z.enum(['keep', 'change']).default('keep'),
  /** Windows services of the servers on the node of the step; empty: a person starts and stops them. */
  'old-service': z.string().default(''),
  'new-service': z.string().default(''),
});

type Input = z.infer<typeof input>;

export type AddressBefore = { old: Side; new: Side };

/**
 * Puts the new server where the nodes look for the database. With `keep` the two servers exchange their ports (ALTER SYSTEM,
 * then a start of their services), and the one that answers at the address of the site is asked who it is. The old server
 * is stopped in the end and kept.
 */
export function createMoveAddress(c: ExchangeCollaborators): Action<Input, AddressBefore> {
  const kept = discardKept<Input, AddressBefore>(c, () => []);

  async function sidesOf(given: Input, context: ReadContext): Promise<AddressBefore> {
    const [old, next] = await Promise.all([
      identityOf(c.database, context),
      identityOf(targetDatabase(c, given), context),
    ]);
    return { old: side('old', old, given['old-service']), new: side('new', next, given['new-service']) };
  }
  const exchangeOf = (given: Input, before: AddressBefore): Exchange => ({ given, ...before });
  const ports = (given: Input) => ({
    site: String(c.site.database.port),
    other: String(targetPlace(c, given).port),
  });
  const orders = (sides: AddressBefore): Operation[] =>
    [sides.old, sides.new].flatMap((one) => [orderOperation('stop', one), orderOperation('start', one)]);

  return {
    name: 'move.address',
    effect: 'change',
    input,
    onCancel: 'wait',
    byHand: false,

    async describe(given, context) {
      try {
        const sides = await sidesOf(given, context);
        const { site, other } = ports(given);
        const setPorts =
          given.address === 'keep' ? [portOperation(sides.new, site), portOperation(sides.old, other)] : [];
        return {
          operations: [keepBeforeOperation(c, context), ...setPorts, ...orders(sides)],
          observed: { old: sides.old.identifier, new: sides.new.identifier },
          notes: [
            given.address === 'keep'
              ? `The new server gets port ${site}, the old one ${other}: no node needs a change.`
              : `The old server is stopped: a node that still looks for it there finds nothing.`,
            `The old server is kept, stopped: ${sides.old.dataFolder}.`,
          ],
        };
      } catch (error) {
        return notPlanned(`The servers could not be asked: ${factOf(error)}`);
      }
    },

    prepare: (given, context) => firstBefore(c, context, () => sidesOf(given, context)),

    async execute(given, before, context) {
      await keepBefore(c, context, before);
      const exchanger = createExchanger(c, exchangeOf(given, before), context);
      const { site, other } = ports(given);
      if (given.address === 'keep')
        await exchanger.bring(before.new, before.old, {
          ports: { first: site, other },
          otherRuns: false,
        });
      else {
        const { front, back } = await exchanger.look();
        // Its listen_addresses and max_connections count from here on.
        if (exchanger.is(back, before.new) && exchanger.is(front, before.old))
          await exchanger.stop(before.new);
        if (exchanger.is(front, before.old)) await exchanger.stop(before.old);
        if (!exchanger.is((await exchanger.look()).back, before.new)) await exchanger.start(before.new);
        context.warn(
          `The old server is stopped; its service would start again with Windows at port ${site}.`,
          'Set the service to disabled, so that no node that was forgotten writes there.',
        );
      }
      return { version: before.new.version, oldDataFolder: before.old.dataFolder };
    },

    async check(given, before, context): Promise<Judgement> {
      const sides = [before.old, before.new];
      const front = await seenAt(c.database, sides, context);
      const back = await seenAt(targetDatabase(c, given), sides, context);
      const at = (seen: typeof front): string => ('side' in seen ? seen.side : 'nobody');
      if (at(front) === 'old' && at(back) === 'new') return 'not-done';
      const done =
        given.address === 'keep'
          ? at(front) === 'new' && at(back) === 'nobody'
          : at(front) === 'nobody' && at(back) === 'new';
      return done ? 'done' : 'partial';
    },

    describeUndo: (given, before) =>
      Promise.resolve({
        operations: [
          ...(given.address === 'keep'
            ? [
                portOperation(before.old, before.old.portBySystem),
                portOperation(before.new, before.new.portBySystem),
              ]
            : []),
          ...orders(before),
        ],
      }),

    async undo(given, before, _outputs, context) {
      const exchanger = createExchanger(c, exchangeOf(given, before), context);
      if (given.address === 'keep')
        return exchanger.bring(before.old, before.new, {
          ports: { first: before.old.portBySystem, other: before.new.portBySystem },
          otherRuns: true,
        });
      if (!exchanger.is((await exchanger.look()).front, before.old)) await exchanger.start(before.old);
      if (!exchanger.is((await exchanger.look()).back, before.new)) await exchanger.start(before.new);
    },

    async describeDiscard(given, before, outputs, context) {
      const { operations, ...rest } = await kept.describeDiscard(given, before, outputs, context);
      const there = await mayBeThere(before.old, context);
      return { ...rest, operations: [...(there ? [removal(before.old)] : []), ...operations] };
    },

    async discard(given, before, outputs, context) {
      // Said, and left to a person: what a data folder holds cannot be had back.
      if (context.isPlanned(removal(before.old)))
        await context.perform(removal(before.old), () => {
          context.warn(removal(before.old).text);
          return Promise.resolve();
        });
      await kept.discard(given, before, outputs, context);
    },
  };

  /** Of a server elsewhere nobody can tell from here. */
  async function mayBeThere({ dataFolder }: Side, context: ReadContext): Promise<boolean> {
    const node = databaseNode(c, context);
    if (node === undefined) return true;
    try {
      await fs.stat(node.reach(dataFolder));
      return true;
    } catch (error) {
      factOf(error);
      return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
    }
  }
}

function side(word: Side['word'], identity: ServerIdentity, service: string): Side {
  const { identifier, version, dataFolder, portBySystem } = identity;
  return { word, identifier, version, dataFolder, service, portBySystem };
}

function removal({ version, dataFolder, service }: Side): HumanOperation {
  const name = service === '' ? '' : ` with its service ${service}`;
  return {
    kind: 'human',
    text: `The old PostgreSQL ${version} is still there, stopped. When a backup of the new server is proven, uninstall it${name} by its own uninstaller, then delete its data folder ${dataFolder}.`,
    effect: 'destroy',
  };
}
