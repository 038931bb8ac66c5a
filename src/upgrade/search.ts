import { holds, type Condition, type Facts } from './condition.ts';
import type { MinutesOf } from './downtime.ts';
import { isAtGoal, movesFrom, stateKey, type GoalState, type Move, type SiteState } from './moves.ts';
import { RELEASES } from './releases.ts';
import { majorVersion } from './versions.ts';

/** A search for the cheapest path. */
export interface Search {
  readonly start: SiteState;
  readonly goal: GoalState;
  readonly facts: Facts;
  readonly minutes: MinutesOf;
  /** No move for which one of these holds. */
  readonly forbids: readonly Condition[];
  /** Moves besides those that are not to be made. */
  readonly without?: (move: Move) => boolean;
  /** Major versions of PostgreSQL that must not be there at the end. */
  readonly leaves?: readonly string[];
}

/** How a state was reached. Costs are compared in this order: hops (the layer), minutes, age. */
interface Reached {
  readonly state: SiteState;
  readonly minutes: number;
  /** Sum over the hops of how far the release falls short of the newest; breaks ties for newer stops. */
  readonly age: number;
  readonly by?: { readonly move: Move; readonly from: Reached };
}

/** More hops than any path needs: a stop, PostgreSQL and patches for each rule there is. */
const MOST_HOPS = 16;

/**
 * The cheapest path: fewest hops, then least downtime, then the newest releases to stop at. Empty when the start is the
 * goal; undefined when there is none. The same for the same input.
 */
export function findPath(search: Search): Move[] | undefined {
  let layer = new Map([[stateKey(search.start), { state: search.start, minutes: 0, age: 0 }]]);
  const seen = new Set(layer.keys());
  for (let hops = 0; hops <= MOST_HOPS && layer.size > 0; hops += 1) {
    const found = cheapest([...layer.values()].filter(({ state }) => ends(state, search)));
    if (found !== undefined) return movesTo(found);
    const next = new Map<string, Reached>();
    for (const from of layer.values())
      for (const move of movesFrom(from.state, search.goal)) {
        const key = stateKey(move.after);
        if (seen.has(key) || !isAllowed(move, search)) continue;
        const reached = after(from, move, search.minutes);
        const other = next.get(key);
        if (other === undefined || isCheaper(reached, other)) next.set(key, reached);
      }
    for (const key of next.keys()) seen.add(key);
    layer = next;
  }
  return undefined;
}

/** Whether the rules let a move be made. What is unknown forbids nothing. */
function isAllowed(move: Move, { forbids, facts, goal, without }: Search): boolean {
  return (
    !forbids.some((condition) => holds(condition, move, facts, goal.release) === 'yes') &&
    without?.(move) !== true
  );
}

function ends(state: SiteState, { goal, leaves = [] }: Search): boolean {
  return isAtGoal(state, goal) && !leaves.includes(majorVersion(state.postgres.version));
}

function after(from: Reached, move: Move, minutes: MinutesOf): Reached {
  return {
    state: move.after,
    minutes: from.minutes + minutes(move.kind),
    age: from.age + RELEASES.length - move.after.release,
    by: { move, from },
  };
}

function isCheaper(a: Reached, b: Reached): boolean {
  return a.minutes < b.minutes || (a.minutes === b.minutes && a.age < b.age);
}

function cheapest(all: readonly Reached[]): Reached | undefined {
  return all.reduce<Reached | undefined>(
    (best, one) => (best === undefined || isCheaper(one, best) ? one : best),
    undefined,
  );
}

function movesTo(end: Reached): Move[] {
  const moves: Move[] = [];
  for (let at = end; at.by !== undefined; at = at.by.from) moves.unshift(at.by.move);
  return moves;
}
