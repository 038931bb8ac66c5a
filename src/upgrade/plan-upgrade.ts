import { UsageError } from '../contract/errors.ts';
import {
  advisedPath,
  hopsOf,
  otherPaths,
  recommendedPaths,
  toAlternative,
  type Candidate,
} from './alternatives.ts';
import { findBlockers } from './blockers.ts';
import { holds } from './condition.ts';
import { totalDowntime } from './downtime.ts';
import { toReason } from './hop.ts';
import type { Move } from './moves.ts';
import { openQuestions } from './questions.ts';
import { findRoute, type Route } from './route.ts';
import { WARNING_RULES } from './rules/warnings.ts';
import type { PlanOptions, Reason, UpgradeGoal, UpgradePlan, UpgradeStart } from './types.ts';

/**
 * Plans an upgrade: the cheapest path that the rules leave open or the one that was chosen, why each hop is there, what each demands, and
 * what is not known. Pure: nothing is read but the tables of this folder, and the same input gives the same plan.
 * @throws UsageError for a release that is not known, answers that contradict each other, and a choice that is none
 */
export function planUpgrade(start: UpgradeStart, goal: UpgradeGoal, options: PlanOptions = {}): UpgradePlan {
  const route = findRoute(start, goal, options);
  const { path: cheapest, context, search } = route;
  const offered = cheapest === undefined ? [] : candidates(route, cheapest, options.alternatives ?? 0);
  const chosen = cheapest === undefined ? undefined : choose(options.choose, cheapest, offered, route);
  const path = chosen?.path ?? cheapest;
  const hops = hopsOf(path ?? [], context, chosen?.advised);
  return {
    schemaVersion: 1,
    kind: 'upgrade-plan',
    reachable: path !== undefined,
    from: route.start.text,
    to: route.goalText,
    start,
    ...(chosen === undefined ? {} : { chosen: about(chosen) }),
    hops,
    downtime: totalDowntime(hops.map(({ downtime }) => downtime)),
    alternatives: besides(chosen, cheapest, offered).map((one) => toAlternative(one, context)),
    questions: openQuestions(route, path, goal, options),
    warnings: warningsOf(path, route),
    blockedBy: path === undefined ? findBlockers(search, context) : [],
  };
}

function candidates({ start, search }: Route, path: readonly Move[], count: number): Candidate[] {
  // A site that is where it should be is advised nothing on a guess.
  const guessed = path.length === 0 && start.assumed.has('postgres.version');
  const recommended = guessed ? [] : recommendedPaths(path, search);
  return count === 0 ? recommended : [...recommended, ...otherPaths(path, search, count, recommended)];
}

function choose(
  choice: PlanOptions['choose'],
  cheapest: readonly Move[],
  offered: readonly Candidate[],
  { search }: Route,
): Candidate | undefined {
  if (choice === undefined) return undefined;
  // Nothing that is recommended: the cheapest path follows all advice.
  if (choice === 'advice')
    return offered.some(({ recommended }) => recommended) ? advisedPath(cheapest, search) : undefined;
  const found = offered[choice - 1];
  if (found !== undefined) return found;
  const listed = offered.map(({ title }, index) => `${String(index + 1)}: ${title}`).join('. ');
  throw new UsageError(`there is no alternative ${String(choice)} to this path`, {
    hint: `${listed === '' ? 'None is recommended' : `There are ${listed}`}. --alternatives N looks for further ones.`,
  });
}

/** The alternatives to what was chosen: the cheapest path first, then the others. */
function besides(
  chosen: Candidate | undefined,
  cheapest: readonly Move[] | undefined,
  offered: readonly Candidate[],
): readonly Candidate[] {
  if (chosen === undefined || cheapest === undefined) return offered;
  const same = JSON.stringify(chosen.path);
  return [
    { path: cheapest, recommended: false, title: 'the cheapest path', reasons: [], advised: [] },
    ...offered.filter(({ path }) => JSON.stringify(path) !== same),
  ];
}

function about({ recommended, title, reasons }: Candidate): NonNullable<UpgradePlan['chosen']> {
  return { recommended, title, reasons };
}

function warningsOf(path: readonly Move[] = [], { context: { facts, goal } }: Route): Reason[] {
  return WARNING_RULES.filter(({ when }) =>
    path.some((move) => when.some((condition) => holds(condition, move, facts, goal.release) !== 'no')),
  ).map(toReason);
}
