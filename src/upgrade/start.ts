import { findRelease, releaseIndex, releaseText } from './find-release.ts';
import { RELEASES } from './releases.ts';
import type { GoalState, SiteState } from './moves.ts';
import type { PostgresKind, UpgradeGoal, UpgradeStart } from './types.ts';
import { UsageError } from '../contract/errors.ts';

/** A start with its words understood, and the worse answer where there is none. */
export interface KnownStart {
  readonly given: UpgradeStart;
  readonly state: SiteState;
  /** `August 2022 Patch 5` */
  readonly text: string;
  readonly firstInstalled: number | undefined;
  /** What was taken for an answer. */
  readonly assumed: ReadonlySet<'patch' | 'postgres.version' | 'postgres.kind'>;
}

const MAY_2021 = releaseIndex('May 2021');
const AUGUST_2023 = releaseIndex('August 2023');

/** @throws UsageError for a release that is not known, or answers that contradict each other */
export function readStart(given: UpgradeStart): KnownStart {
  const named = findRelease(given.release);
  const release = releaseIndex(named.release);
  const patch = given.patch ?? named.patch ?? 'unknown';
  const firstInstalled =
    given.firstInstalled === undefined ? undefined : releaseIndex(findRelease(given.firstInstalled).release);
  if (firstInstalled !== undefined && firstInstalled > release)
    throw new UsageError(
      `the site cannot have begun with ${given.firstInstalled ?? ''}: that is later than ${named.release}`,
      { hint: 'Give the first release that was installed, and the one that is installed now.' },
    );
  const kind = given.postgres?.kind ?? 'bundled';
  const remote = isRemote(kind, given.postgres?.remote);
  const version = given.postgres?.version ?? worstVersion(kind, remote, release, firstInstalled);
  if (!/^\d+(\.\d+)*$/.test(version))
    throw new UsageError(`"${version}" is no version of PostgreSQL`, { hint: 'Write it as 9.6 or 14.17.' });
  const assumed = new Set<'patch' | 'postgres.version' | 'postgres.kind'>();
  if (patch === 'unknown') assumed.add('patch');
  if (given.postgres?.version === undefined) assumed.add('postgres.version');
  if (given.postgres?.kind === undefined) assumed.add('postgres.kind');
  return {
    given,
    state: {
      release,
      patch,
      postgres: { version, kind, remote },
      uninstalled: given.uninstalled ?? false,
    },
    text: releaseText(named.release, patch),
    firstInstalled,
    assumed,
  };
}

/** @throws UsageError for a release that is not known */
export function readGoal({ to }: UpgradeGoal): GoalState & { readonly text: string } {
  const { release, patch } = findRelease(to);
  const text = releaseText(release, patch);
  return { release: releaseIndex(release), text, ...(patch === undefined ? {} : { patch }) };
}

/**
 * The oldest version that can be there: only a fresh installation brings a newer bundled one (manual 3.3, p. 168), and setup of
 * August 2023 and later does not proceed with a local 9.6 (3.3, p. 166).
 */
function worstVersion(
  kind: PostgresKind,
  remote: boolean,
  release: number,
  firstInstalled: number | undefined,
): string {
  if (kind === 'qpi') return '14.17';
  if (RELEASES[release]?.postgres === '9.3') return '9.3';
  const oldest = release >= AUGUST_2023 && !remote ? '12.5' : '9.6';
  if (kind !== 'bundled' || firstInstalled === undefined || firstInstalled < MAY_2021) return oldest;
  return RELEASES[firstInstalled]?.postgres ?? oldest;
}

function isRemote(kind: PostgresKind, given: boolean | undefined): boolean {
  if (kind === 'managed') return true;
  return kind === 'standalone' && (given ?? false);
}
