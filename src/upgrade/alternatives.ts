import { holds } from './condition.ts';
import { totalDowntime } from './downtime.ts';
import { releaseName, toHop, toReason, type HopContext } from './hop.ts';
import { releaseIndex } from './find-release.ts';
import type { Move } from './moves.ts';
import { reasonsOf } from './reasons.ts';
import { ADVICE_RULES } from './rules/advice.ts';
import type { AdviceRule } from './rules/rule.ts';
import { findPath, type Search } from './search.ts';
import type { AlternativePath, UpgradeHop } from './types.ts';
import { majorVersion } from './versions.ts';

/** A path besides the cheapest one, and what is said of it. */
export interface Candidate extends Pick<AlternativePath, 'recommended' | 'title' | 'reasons'> {
  readonly path: readonly Move[];
  /** The advice that it follows and the cheapest path does not. */
  readonly advised: readonly AdviceRule[];
}

/** Paths that advice recommends where the best path does not follow it, one for each advice. */
export function recommendedPaths(best: readonly Move[], search: Search): Candidate[] {
  return adviceAgainst(best, search).flatMap((advice) => {
    const path = pathBy([advice], search);
    if (path === undefined || signature(path) === signature(best)) return [];
    return [{ path, recommended: true, title: advice.title, reasons: [toReason(advice)], advised: [advice] }];
  });
}

/**
 * The cheapest path that follows all advice which the best does not follow, in the order of the rules; advice that leaves no path with
 * those before it is not followed. Undefined when there is none to follow.
 */
export function advisedPath(best: readonly Move[], search: Search): Candidate | undefined {
  let advised: AdviceRule[] = [];
  let path: readonly Move[] = best;
  // What a path does to follow one advice may be against another.
  for (let open = adviceAgainst(path, search); open.length > 0;) {
    const [next, ...others] = open;
    if (next === undefined) break;
    const found = pathBy([...advised, next], search);
    if (found === undefined) {
      open = others;
      continue;
    }
    advised = [...advised, next];
    path = found;
    open = ADVICE_RULES.filter((rule) => !advised.includes(rule) && isNotFollowed(rule, found, search));
  }
  if (signature(path) === signature(best)) return undefined;
  const title = advised.map((rule) => rule.title).join('; ');
  return { path, recommended: true, title, reasons: advised.map(toReason), advised };
}

function adviceAgainst(path: readonly Move[], search: Search): AdviceRule[] {
  return ADVICE_RULES.filter((advice) => isNotFollowed(advice, path, search));
}

function pathBy(advised: readonly AdviceRule[], search: Search): Move[] | undefined {
  return findPath({
    ...search,
    forbids: [...search.forbids, ...advised.flatMap(({ against }) => against)],
    leaves: advised.flatMap(({ leaves }) => leaves?.postgres ?? []),
  });
}

/** Other paths, cheapest first: each leaves out one move of the best, or one kind of its moves. */
export function otherPaths(
  best: readonly Move[],
  search: Search,
  count: number,
  known: readonly Candidate[],
): Candidate[] {
  const minutes = (path: readonly Move[]): number =>
    path.reduce((sum, { kind }) => sum + search.minutes(kind), 0);
  const seen = new Set([signature(best), ...known.map(({ path }) => signature(path))]);
  const found: { path: Move[]; title: string }[] = [];
  const look = (title: string, without: (move: Move) => boolean): Move[] | undefined => {
    const path = findPath({ ...search, without });
    if (path === undefined) return undefined;
    if (!seen.has(signature(path))) found.push({ path, title });
    seen.add(signature(path));
    return path;
  };
  for (const kind of new Set(best.slice(0, -1).map((move) => move.kind)))
    if (kind !== 'upgrade') look(`without ${KIND_WORDS[kind]}`, (move) => move.kind === kind);
  for (const [index, stop] of best.slice(0, -1).entries()) {
    const left: number[] = [];
    let next: Move | undefined = stop;
    // One release after the other is left out in its place, until there are enough.
    while (next?.kind === 'upgrade' && !left.includes(next.after.release) && left.length < count) {
      left.push(next.after.release);
      next = look(
        `without a stop at ${left.map(releaseName).join(', ')}`,
        (move) => move.kind === 'upgrade' && left.includes(move.after.release),
      )?.[index];
    }
  }
  return found
    .sort((a, b) => a.path.length - b.path.length || minutes(a.path) - minutes(b.path))
    .slice(0, count)
    .map(({ path, title }) => ({ path, recommended: false, title, reasons: [], advised: [] }));
}

/** The words in which two paths are the same. */
export function signature(path: readonly Move[]): string {
  return JSON.stringify(
    path.map(({ kind, after }) => [
      kind,
      kind.startsWith('postgres-')
        ? `PostgreSQL ${after.postgres.version}`
        : `${releaseName(after.release)}${typeof after.patch === 'number' ? ` Patch ${String(after.patch)}` : ''}`,
    ]),
  );
}

const KIND_WORDS: Readonly<Record<Move['kind'], string>> = {
  upgrade: 'an upgrade',
  'uninstall-patch': 'uninstalling patches',
  patch: 'a patch',
  'postgres-qpi': 'the Qlik PostgreSQL Installer',
  'postgres-standalone': 'moving PostgreSQL by dump and restore',
  'upgrade-after-uninstall': 'the installation from a dump',
};

function isNotFollowed(advice: AdviceRule, best: readonly Move[], { facts, goal, start }: Search): boolean {
  if (advice.leaves !== undefined) {
    const end = best.at(-1)?.after ?? start;
    return (
      goal.release >= releaseIndex(advice.leaves.toSince) &&
      advice.leaves.postgres.includes(majorVersion(end.postgres.version))
    );
  }
  return best.some((move) =>
    advice.against.some((condition) => holds(condition, move, facts, goal.release) === 'yes'),
  );
}

/** A candidate as a plan shows it. */
export function toAlternative(
  { path, recommended, title, reasons, advised }: Candidate,
  context: HopContext,
): AlternativePath {
  const hops = hopsOf(path, context, advised);
  return { recommended, title, reasons, hops, downtime: totalDowntime(hops.map(({ downtime }) => downtime)) };
}

/** The hops of a path with their reasons. */
export function hopsOf(
  path: readonly Move[],
  context: HopContext,
  advised: readonly AdviceRule[] = [],
): UpgradeHop[] {
  const why = reasonsOf(path, context, advised);
  return path.map((move, index) => toHop(move, why[index] ?? [], context));
}
