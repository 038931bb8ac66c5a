import { minutesOf, type Pace } from './downtime.ts';
import { readFacts } from './facts.ts';
import type { HopContext } from './hop.ts';
import type { Move } from './moves.ts';
import { PATH_RULES } from './rules/path.ts';
import { findPath, type Search } from './search.ts';
import { readGoal, readStart, type KnownStart } from './start.ts';
import type { PlanOptions, UpgradeGoal, UpgradeStart } from './types.ts';

/** A question understood, and the cheapest path that answers it. */
export interface Route {
  readonly start: KnownStart;
  readonly goalText: string;
  readonly search: Search;
  readonly context: HopContext;
  /** Undefined when there is none. */
  readonly path: Move[] | undefined;
}

/** Reads what was given and looks for the cheapest path. @throws UsageError for a release that is not known */
export function findRoute(given: UpgradeStart, to: UpgradeGoal, options: PlanOptions): Route {
  const start = readStart(given);
  const { text: goalText, ...goal } = readGoal(to);
  const facts = readFacts(start);
  const pace: Pace = { nodes: given.nodes, measured: options.minutes ?? {} };
  const search: Search = {
    start: start.state,
    goal,
    facts,
    minutes: minutesOf(pace),
    forbids: PATH_RULES.flatMap(({ forbids }) => forbids),
  };
  return { start, goalText, search, context: { facts, goal, pace }, path: findPath(search) };
}
