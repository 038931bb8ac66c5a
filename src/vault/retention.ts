import { durationText } from '../foundation/measures.ts';
import { compareNames } from '../foundation/path-order.ts';
import { periodOf, PERIODS, type Period } from './periods.ts';
import type { SetSummary } from './vault.ts';

/** Which sets stay: those that any of these rules keeps. Without a policy no set is ever removed. */
export interface RetentionPolicy {
  /** So many of the newest sets. */
  readonly last?: number;
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
  /** Milliseconds before the newest set. */
  readonly within?: number;
}

/** What is known of a set for the decision. */
export type RetentionSet = Pick<
  SetSummary,
  'id' | 'state' | 'createdAt' | 'sequence' | 'provenAt' | 'partProvenAt' | 'failedAt'
>;

/** What becomes of one set, and every reason for it in plain words. */
export interface RetentionDecision {
  readonly set: string;
  readonly createdAt: string;
  readonly state: SetSummary['state'];
  readonly decision: 'keep' | 'remove';
  readonly reasons: readonly string[];
}

/** What becomes of all sets, oldest first. */
export interface Retention {
  readonly decisions: readonly RetentionDecision[];
  /** Why nothing at all is removed, whatever the rules say; one plain sentence. */
  readonly blocked?: string;
}

/** A clock may be corrected by this much between two backups. Milliseconds. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Decides which sets stay and which go (design section 5). Pure: the same sets give the same decisions in any order.
 *
 * Never goes: the newest complete set, the newest proven one (whole, and in part), the newest that no later look found
 * damaged, and what is incomplete (the next backup removes that, when its run is over). Nothing goes without a policy, and
 * nothing while the clock is behind a set, since then either the clock or the time of the set is wrong. A set that was found
 * damaged takes no place of a sound one: each rule keeps its number of sound sets besides.
 */
export function decideRetention(
  sets: readonly RetentionSet[],
  policy: RetentionPolicy | undefined,
  now: Date,
): Retention {
  const newestFirst = sets.filter((set) => set.state === 'complete').sort(newerFirst);
  const sound = newestFirst.filter((set) => set.failedAt === undefined);
  const kept = new Map<string, Set<string>>();
  const keep = (id: string | undefined, reason: string): void => {
    if (id !== undefined) kept.set(id, (kept.get(id) ?? new Set()).add(reason));
  };
  for (const { id, reason } of untouchable(newestFirst)) keep(id, reason);
  for (const pass of [newestFirst, sound])
    for (const { id, reason } of keptByRules(pass, policy ?? {})) keep(id, reason);

  const blocked = blockedBy(newestFirst, policy, now);
  const whyNot = refusalsOf(newestFirst, policy ?? {});
  const decisions = [...sets]
    .sort((a, b) => newerFirst(b, a))
    .map((set): RetentionDecision => {
      const { id, createdAt, state } = set;
      const common = { set: id, createdAt, state };
      if (state === 'incomplete')
        return { ...common, decision: 'keep', reasons: ['incomplete: not a matter of retention'] };
      if (state === 'deleting')
        return { ...common, decision: 'remove', reasons: ['half removed: the rest goes too'] };
      const reasons = [...(kept.get(id) ?? [])];
      if (reasons.length > 0) return { ...common, decision: 'keep', reasons };
      if (blocked !== undefined) return { ...common, decision: 'keep', reasons: [blocked.reason] };
      return { ...common, decision: 'remove', reasons: whyNot(set) };
    });
  return { decisions, ...(blocked === undefined ? {} : { blocked: blocked.text }) };
}

/** Complete sets that may never go, also not when a person asks for it, each with the reason. */
export function untouchable(
  sets: readonly RetentionSet[],
): { readonly id: string; readonly reason: string }[] {
  const complete = sets.filter((set) => set.state === 'complete');
  const picks: [string, readonly RetentionSet[]][] = [
    ['newest complete', complete],
    ['newest proven', complete.filter((set) => set.provenAt !== undefined)],
    // Of a removed installation there is often no other.
    ['newest proven in part', complete.filter((set) => set.partProvenAt !== undefined)],
    ['newest not known to be damaged', complete.filter((set) => set.failedAt === undefined)],
  ];
  const reasons = picks.flatMap(([reason, candidates]) => {
    // By number, whatever the clock said, as everywhere; by time too, where the clock was set back once.
    const byNumber = [...candidates].sort(
      (a, b) => (b.sequence ?? 0) - (a.sequence ?? 0) || newerFirst(a, b),
    )[0];
    const byTime = [...candidates].sort(newerFirst)[0];
    return [...new Set([byNumber?.id, byTime?.id])].flatMap((id) =>
      id === undefined ? [] : [{ id, reason }],
    );
  });
  const plain = new Set(reasons.filter(({ reason }) => reason === 'newest complete').map(({ id }) => id));
  // That the newest is also the newest sound one goes without saying.
  return reasons.filter(({ id, reason }) => reason !== 'newest not known to be damaged' || !plain.has(id));
}

/** The rules as a person writes them: `last 3, daily 7, within 14d`. */
export function policyText(policy: RetentionPolicy): string {
  return (['last', ...PERIODS] as const)
    .flatMap((rule) => (policy[rule] === undefined ? [] : [`${rule} ${String(policy[rule])}`]))
    .concat(policy.within === undefined ? [] : [`within ${durationText(policy.within)}`])
    .join(', ');
}

function* keptByRules(
  newestFirst: readonly RetentionSet[],
  policy: RetentionPolicy,
): Generator<{ id: string; reason: string }, void, undefined> {
  const { last = 0, within } = policy;
  for (const [index, { id }] of newestFirst.slice(0, last).entries())
    yield { id, reason: `last ${String(index + 1)} of ${String(last)}` };
  for (const period of PERIODS) {
    const count = policy[period] ?? 0;
    for (const [index, { id }] of newestOfEach(newestFirst, period).slice(0, count).entries())
      yield { id, reason: `${period} ${String(index + 1)} of ${String(count)}` };
  }
  const newest = newestFirst[0];
  if (within === undefined || newest === undefined) return;
  const limit = Date.parse(newest.createdAt) - within;
  for (const { id, createdAt } of newestFirst)
    if (Date.parse(createdAt) >= limit) yield { id, reason: `within ${durationText(within)}` };
}

/** The newest set of each period that has one, newest period first. */
function newestOfEach(newestFirst: readonly RetentionSet[], period: Period): RetentionSet[] {
  const seen = new Set<string>();
  return newestFirst.filter(({ createdAt }) => {
    const key = periodOf(period, createdAt);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Tells, rule by rule, why none of them keeps a set. */
function refusalsOf(
  newestFirst: readonly RetentionSet[],
  policy: RetentionPolicy,
): (set: RetentionSet) => string[] {
  const { last, within } = policy;
  const counted = PERIODS.flatMap((period) => {
    const count = policy[period];
    if (count === undefined) return [];
    const newest = new Set(newestOfEach(newestFirst, period).map(({ id }) => id));
    return [{ period, count, newest }];
  });
  return ({ id, createdAt }) => [
    ...(last === undefined ? [] : [`past last ${String(last)}`]),
    ...counted.map(({ period, count, newest }) =>
      newest.has(id) ? `past ${period} ${String(count)}` : `not the newest of ${periodOf(period, createdAt)}`,
    ),
    ...(within === undefined ? [] : [`older than ${durationText(within)}`]),
  ];
}

function blockedBy(
  newestFirst: readonly RetentionSet[],
  policy: RetentionPolicy | undefined,
  now: Date,
): { readonly text: string; readonly reason: string } | undefined {
  if (policy === undefined)
    return {
      text: 'No retention is set in the site file (vault.retention): no set is ever removed.',
      reason: 'no retention is set',
    };
  const ahead = newestFirst[0];
  if (ahead === undefined || Date.parse(ahead.createdAt) <= now.getTime() + CLOCK_TOLERANCE_MS)
    return undefined;
  return {
    text: `The clock of this machine (${now.toISOString()}) is behind backup set ${ahead.id}: nothing is removed until it is right.`,
    reason: 'the clock is behind the newest set',
  };
}

function newerFirst(a: RetentionSet, b: RetentionSet): number {
  return (
    compareNames(b.createdAt, a.createdAt) ||
    (b.sequence ?? 0) - (a.sequence ?? 0) ||
    compareNames(b.id, a.id)
  );
}
