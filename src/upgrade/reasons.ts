import { holds } from './condition.ts';
import { releaseName, toReason, type HopContext } from './hop.ts';
import type { Move } from './moves.ts';
import { PATH_RULES } from './rules/path.ts';
import type { AdviceRule, PathRule } from './rules/rule.ts';
import type { Reason } from './types.ts';

/** The rules that a move breaks. */
export function brokenRules(
  move: Move,
  { facts, goal }: HopContext,
  rules: readonly PathRule[] = PATH_RULES,
): PathRule[] {
  return rules.filter(({ forbids }) =>
    forbids.some((condition) => holds(condition, move, facts, goal.release) === 'yes'),
  );
}

/**
 * Why each hop of a path is there: the rules that forbid to leave it out and make the next one in its place. The last one is the
 * goal. A hop that only advice asks for has that advice, `advised`.
 */
export function reasonsOf(
  path: readonly Move[],
  context: HopContext,
  advised: readonly AdviceRule[] = [],
): Reason[][] {
  const reasons: Reason[][] = [];
  for (const [index, move] of [...path.entries()].reverse()) {
    const next = path[index + 1];
    reasons.unshift(
      next === undefined
        ? lastReasons(move, path, context, advised)
        : hopReasons(move, next, reasons[0] ?? [], context, advised),
    );
  }
  return reasons;
}

function hopReasons(
  move: Move,
  next: Move,
  nextReasons: readonly Reason[],
  context: HopContext,
  advised: readonly AdviceRule[],
): Reason[] {
  const skipping = { ...next, before: move.before };
  const found = brokenRules(skipping, context).map(toReason);
  if (move.kind === 'upgrade-after-uninstall') found.unshift(uninstalled());
  // What no rule forbids to leave out is there by advice alone.
  if (found.length === 0 && advised.length > 0)
    return adviceFor(advised, ({ against }) =>
      against.some((condition) => holds(condition, skipping, context.facts, context.goal.release) === 'yes'),
    );
  // A stop for the sake of PostgreSQL or patches is there for what these are there for, too.
  if (next.kind !== 'upgrade' && next.kind !== 'upgrade-after-uninstall' && next.kind !== 'patch')
    found.push(...nextReasons);
  if (found.length === 0) found.push(...nextReasons);
  return distinct(found);
}

function lastReasons(
  move: Move,
  path: readonly Move[],
  context: HopContext,
  advised: readonly AdviceRule[],
): Reason[] {
  const isPostgres = move.kind === 'postgres-qpi' || move.kind === 'postgres-standalone';
  if (isPostgres && advised.length > 0) return adviceFor(advised, ({ leaves }) => leaves !== undefined);
  const goal: Reason = {
    rule: 'goal',
    text: `${releaseName(context.goal.release)} is the goal.`,
    source: 'as asked',
    confidence: 'A',
  };
  return move.kind === 'upgrade-after-uninstall' && path.length === 1 ? [uninstalled(), goal] : [goal];
}

/** Of several, those that speak of the hop; all of them where none does by itself. */
function adviceFor(advised: readonly AdviceRule[], speaks: (rule: AdviceRule) => boolean): Reason[] {
  const found = advised.filter(speaks);
  return (found.length === 0 ? advised : found).map(toReason);
}

function uninstalled(): Reason {
  return {
    rule: 'uninstalled',
    text: 'Qlik Sense is uninstalled: a new version is installed, and the database that stayed is restored into it.',
    source: '3.6, p. 172',
    confidence: 'A',
  };
}

function distinct(reasons: readonly Reason[]): Reason[] {
  return [...new Map(reasons.map((reason) => [reason.rule, reason])).values()];
}
