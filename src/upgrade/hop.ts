import { holds, type Answer, type Facts } from './condition.ts';
import { hopDowntime, type Pace } from './downtime.ts';
import { releaseText } from './find-release.ts';
import type { GoalState, Move, SiteState } from './moves.ts';
import { RELEASES } from './releases.ts';
import { DEMAND_RULES } from './rules/demands.ts';
import type { CitedRule, DemandRule } from './rules/rule.ts';
import { WAYS_BACK } from './rules/ways-back.ts';
import type { Demand, HopState, Reason, UpgradeHop } from './types.ts';

/** What hops are worded with. */
export interface HopContext {
  readonly facts: Facts;
  readonly goal: GoalState;
  readonly pace: Pace;
}

/** A move as a plan shows it. */
export function toHop(move: Move, reasons: readonly Reason[], context: HopContext): UpgradeHop {
  const { id, text, source, confidence, pointOfNoReturn } = WAYS_BACK[move.kind];
  const demands = (phase: DemandRule['phase']): Demand[] => demandsOf(move, phase, context);
  return {
    kind: move.kind,
    ...names(move),
    stateBefore: toState(move.before),
    stateAfter: toState(move.after),
    reasons,
    before: demands('before'),
    during: demands('during'),
    after: demands('after'),
    wayBack: { rule: id, text, source, confidence },
    pointOfNoReturn,
    downtime: hopDowntime(move.kind, context.pace),
  };
}

/** A rule as it is quoted. */
export function toReason({ id, text, source, confidence }: CitedRule): Reason {
  return { rule: id, text, source, confidence };
}

/** The name of a release by its place. */
export function releaseName(index: number): string {
  return RELEASES[index]?.name ?? '';
}

function demandsOf(move: Move, phase: DemandRule['phase'], { facts, goal }: HopContext): Demand[] {
  const found: Demand[] = [];
  for (const rule of DEMAND_RULES) {
    if (rule.phase !== phase) continue;
    const answer = strongest(rule.when.map((condition) => holds(condition, move, facts, goal.release)));
    if (answer === 'no') continue;
    const certain = answer === 'yes';
    const text =
      certain || rule.ifUnknown === undefined ? rule.text : `${rule.ifUnknown}: ${lower(rule.text)}`;
    found.push({ ...toReason({ ...rule, text }), by: rule.by, on: rule.on, certain });
  }
  return found;
}

function strongest(answers: readonly Answer[]): Answer {
  if (answers.includes('yes')) return 'yes';
  return answers.includes('unknown') ? 'unknown' : 'no';
}

/** The first word begins a sentence no more; names keep their capitals. */
function lower(text: string): string {
  return /^[A-Z][a-z-]+ /.test(text) && !/^(Windows|Repair|PostgreSQL) /.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text;
}

function names({ kind, before, after }: Move): { from: string; to: string } {
  if (kind === 'postgres-qpi' || kind === 'postgres-standalone')
    return { from: `PostgreSQL ${before.postgres.version}`, to: `PostgreSQL ${after.postgres.version}` };
  return { from: stateName(before), to: stateName(after) };
}

function stateName({ release, patch }: SiteState): string {
  return releaseText(releaseName(release), patch);
}

function toState({ release, patch, postgres, uninstalled }: SiteState): HopState {
  return { release: releaseName(release), patch, postgres: { ...postgres }, uninstalled };
}
