import { holds } from './condition.ts';
import { totalDowntime } from './downtime.ts';
import { releaseName, toHop, toReason, type HopContext } from './hop.ts';
import { releaseIndex } from './find-release.ts';
import type { Move } from './moves.ts';
import { reasonsOf } from './reasons.ts';
import { ADVICE_RULES } from './rules/advice.ts';
import type { AdviceRule } from './rules/rule.ts';
import { findPath, type Search } from './search.ts';
import type { AlternativePath, Reason } from './types.ts';
import { majorVersion } from './versions.ts';

/** Paths that advice recommends where the best path does not follow it. */
export function recommendedPaths(
  best: readonly Move[],
  search: Search,
  context: HopContext,
): AlternativePath[] {
  return ADVICE_RULES.filter((advice) => isNotFollowed(advice, best, search)).flatMap((advice) => {
    const path = findPath({
      ...search,
      forbids: [...search.forbids, ...advice.against],
      leaves: advice.leaves?.postgres ?? [],
    });
    if (path === undefined || signature(path) === signature(best)) return [];
    return [
      alternative(path, context, { recommended: true, title: advice.title, reasons: [toReason(advice)] }, [
        advice,
      ]),
    ];
  });
}

/** Other paths, cheapest first: each leaves out one move of the best, or one kind of its moves. */
export function otherPaths(
  best: readonly Move[],
  search: Search,
  context: HopContext,
  count: number,
  known: readonly AlternativePath[],
): AlternativePath[] {
  const seen = new Set([
    signature(best),
    ...known.map(({ hops }) => JSON.stringify(hops.map(({ kind, to }) => [kind, to]))),
  ]);
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
    .map(({ path, title }) =>
      alternative(path, context, { recommended: false, title, reasons: NO_REASONS }, []),
    )
    .sort((a, b) => a.hops.length - b.hops.length || a.downtime.minutes - b.downtime.minutes)
    .slice(0, count);
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

const NO_REASONS: readonly Reason[] = [];

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

function alternative(
  path: readonly Move[],
  context: HopContext,
  about: Pick<AlternativePath, 'recommended' | 'title' | 'reasons'>,
  advised: readonly AdviceRule[],
): AlternativePath {
  const why = reasonsOf(path, context, advised);
  const hops = path.map((move, index) => toHop(move, why[index] ?? [], context));
  return { ...about, hops, downtime: totalDowntime(hops.map(({ downtime }) => downtime)) };
}
