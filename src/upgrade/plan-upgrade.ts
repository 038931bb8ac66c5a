import { otherPaths, recommendedPaths } from './alternatives.ts';
import { findBlockers } from './blockers.ts';
import { holds } from './condition.ts';
import { totalDowntime } from './downtime.ts';
import { toHop, toReason } from './hop.ts';
import { openQuestions } from './questions.ts';
import { reasonsOf } from './reasons.ts';
import { findRoute, type Route } from './route.ts';
import { WARNING_RULES } from './rules/warnings.ts';
import type {
  AlternativePath,
  PlanOptions,
  Reason,
  UpgradeGoal,
  UpgradePlan,
  UpgradeStart,
} from './types.ts';

/**
 * Plans an upgrade: the cheapest path that the rules leave open, why each hop is there, what each demands, and what is not known.
 * Pure: nothing is read but the tables of this folder, and the same input gives the same plan.
 * @throws UsageError for a release that is not known, and for answers that contradict each other
 */
export function planUpgrade(start: UpgradeStart, goal: UpgradeGoal, options: PlanOptions = {}): UpgradePlan {
  const route = findRoute(start, goal, options);
  const { path, context, search } = route;
  const why = path === undefined ? [] : reasonsOf(path, context);
  const hops = (path ?? []).map((move, index) => toHop(move, why[index] ?? [], context));
  return {
    schemaVersion: 1,
    kind: 'upgrade-plan',
    reachable: path !== undefined,
    from: route.start.text,
    to: route.goalText,
    start,
    hops,
    downtime: totalDowntime(hops.map(({ downtime }) => downtime)),
    alternatives: path === undefined ? [] : alternatives(route, path, options.alternatives ?? 0),
    questions: openQuestions(route, goal, options),
    warnings: warningsOf(route),
    blockedBy: path === undefined ? findBlockers(search, context) : [],
  };
}

function alternatives(
  { start, search, context }: Route,
  path: NonNullable<Route['path']>,
  count: number,
): AlternativePath[] {
  // A site that is where it should be is advised nothing on a guess.
  const guessed = path.length === 0 && start.assumed.has('postgres.version');
  const recommended = guessed ? [] : recommendedPaths(path, search, context);
  return count === 0
    ? recommended
    : [...recommended, ...otherPaths(path, search, context, count, recommended)];
}

function warningsOf({ path = [], context: { facts, goal } }: Route): Reason[] {
  return WARNING_RULES.filter(({ when }) =>
    path.some((move) => when.some((condition) => holds(condition, move, facts, goal.release) !== 'no')),
  ).map(toReason);
}
