import type { ExecuteContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import { askPerson } from './ask-person.ts';
import type { RepositoryDatabase } from './collaborators.ts';
import {
  orderOperation,
  portOperation,
  seenAt,
  type ExchangeCollaborators,
  type Seen,
  type Side,
} from './exchange-plan.ts';
import { targetPlace, type TargetInput } from './move-target.ts';
import { withDatabase } from './with-database.ts';

const POLL_MS = 250;
/** Each round brings a server one state further; more would mean that somebody works against us. */
const ROUNDS = 6;

/** Both servers and where they answer. */
export interface Exchange {
  readonly given: TargetInput;
  readonly old: Side;
  readonly new: Side;
}

/** Who answers at the address of the site (`front`), and at the other port (`back`). */
export interface Places {
  readonly front: Seen;
  readonly back: Seen;
}

/** Gives and watches the orders of an exchange. It looks what is there before each, so that it may be done again anywhere. */
export function createExchanger(c: ExchangeCollaborators, exchange: Exchange, context: ExecuteContext) {
  const databases = { front: c.database, back: c.databaseAt(targetPlace(c, exchange.given)) };
  const sides = [exchange.old, exchange.new];
  const is = (seen: Seen, side: Side): boolean => 'side' in seen && seen.side === side.word;
  const silent = (seen: Seen): boolean => 'nobody' in seen;

  async function look(): Promise<Places> {
    const [front, back] = await Promise.all([
      seenAt(databases.front, sides, context),
      seenAt(databases.back, sides, context),
    ]);
    if ('side' in front && front.side === 'another')
      throw new StepError(
        `At ${place(databases.front)} answers a server that is neither the old nor the new one.`,
        { hint: 'Somebody started it meanwhile. Stop it, then `sense-runbook resume` or `rollback`.' },
      );
    return { front, back };
  }

  async function until(wanted: string, holds: (places: Places) => boolean): Promise<void> {
    const deadline = c.clock.monotonic() + c.site.timeouts.serviceStart;
    for (;;) {
      const places = await look();
      if (holds(places)) return;
      if (c.clock.monotonic() >= deadline) {
        const why = [places.front, places.back].flatMap((seen) => ('nobody' in seen ? [seen.nobody] : []));
        throw new StepError(`${wanted}, and that is not so: ${why.join(' ')}`, {
          hint: 'Look into the log of that server. Then `sense-runbook resume` goes on, `sense-runbook rollback` puts the old server back.',
        });
      }
      await c.clock.sleep(POLL_MS, context.signal);
    }
  }

  async function order(verb: 'start' | 'stop', side: Side): Promise<void> {
    const operation = orderOperation(verb, side);
    const { serviceStart, serviceStop } = c.site.timeouts;
    if (operation.kind === 'service')
      await context.service(operation, { timeoutMs: verb === 'start' ? serviceStart : serviceStop });
    else if (operation.kind === 'human')
      await askPerson(c, operation, `the ${side.word} server is not in its state yet`, context);
  }

  async function stop(side: Side): Promise<void> {
    await order('stop', side);
    await until(
      `The ${side.word} server should be stopped`,
      ({ front, back }) => !is(front, side) && !is(back, side),
    );
  }

  async function start(side: Side): Promise<void> {
    await order('start', side);
    await until(
      `The ${side.word} server should answer`,
      ({ front, back }) => is(front, side) || is(back, side),
    );
  }

  async function setPort(at: RepositoryDatabase, side: Side, value: string | null): Promise<void> {
    const operation = portOperation(side, value);
    await context.perform(operation, () =>
      withDatabase({ database: at }, 'postgres', context, (client) => client.query(operation.text)),
    );
  }

  /**
   * Brings `first` to the address of the site and the other one to the other port, where it runs on or not. Ports are set
   * before anything stops.
   */
  async function bring(
    first: Side,
    other: Side,
    goal: {
      readonly ports: Readonly<Record<'first' | 'other', string | null>>;
      readonly otherRuns: boolean;
    },
  ): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { front, back } = await look();
      if (is(front, first)) {
        if (goal.otherRuns && !is(back, other)) await start(other);
        if (!goal.otherRuns && is(back, other)) await stop(other);
        return;
      }
      if (!is(back, first)) {
        await start(first);
        continue;
      }
      await setPort(databases.back, first, goal.ports.first);
      if (is(front, other)) {
        await setPort(databases.front, other, goal.ports.other);
        await stop(other);
      }
      await stop(first);
      await start(first);
    }
    throw new StepError(`The ${first.word} server does not come to ${place(databases.front)}.`, {
      hint: 'Something else sets its port, or starts the other server again. Look at both services and their logs.',
    });
  }

  return { look, start, stop, bring, is, silent };
}

function place({ address: { host, port } }: RepositoryDatabase): string {
  return `${host}:${String(port)}`;
}
