import { releaseIndex } from './find-release.ts';
import { RELEASES } from './releases.ts';
import type { HopKind, PostgresKind } from './types.ts';
import { compareVersions, majorVersion } from './versions.ts';

/** A site as the search sees it: a place in the order of releases, patch and PostgreSQL. */
export interface SiteState {
  readonly release: number;
  readonly patch: number | 'none' | 'unknown';
  readonly postgres: { readonly version: string; readonly kind: PostgresKind; readonly remote: boolean };
  readonly uninstalled: boolean;
}

/** One hop. */
export interface Move {
  readonly kind: HopKind;
  readonly before: SiteState;
  readonly after: SiteState;
}

/** The goal as the search sees it. */
export interface GoalState {
  readonly release: number;
  readonly patch?: number | 'none';
}

const JUNE_2017 = releaseIndex('June 2017');
/** What the Qlik PostgreSQL Installer makes (manual 2.6, p. 143). */
const QPI_VERSION = '14.17';
/** The one version that is known to work with every release from February 2022 on (2.6, p. 144; 1.3, p. 21). */
const STANDALONE_VERSION = '14';

export function isAtGoal(state: SiteState, goal: GoalState): boolean {
  return (
    !state.uninstalled &&
    state.release === goal.release &&
    (goal.patch === undefined || state.patch === goal.patch)
  );
}

/** Every move that makes sense mechanically; which of them is allowed, the rules say. */
export function movesFrom(before: SiteState, goal: GoalState): Move[] {
  const moves: Move[] = [];
  const add = (kind: HopKind, change: Partial<SiteState>): void => {
    moves.push({ kind, before, after: { ...before, ...change } });
  };
  const first = before.uninstalled ? before.release : before.release + 1;
  for (let release = first; release <= goal.release; release += 1)
    if (before.uninstalled)
      add('upgrade-after-uninstall', {
        release,
        patch: 'none',
        postgres: reinstalledPostgres(before, release),
        uninstalled: false,
      });
    else add('upgrade', { release, patch: 'none', postgres: upgradedPostgres(before, release) });
  if (before.uninstalled) return moves;
  if (before.patch !== 'none') add('uninstall-patch', { patch: 'none' });
  const wanted = missingPatch(before, goal);
  if (wanted !== undefined) add('patch', { patch: wanted });
  const { postgres } = before;
  add('postgres-qpi', { postgres: { version: QPI_VERSION, kind: 'qpi', remote: false } });
  const next = standaloneTarget(postgres.version);
  if (next !== undefined) add('postgres-standalone', { postgres: { ...postgres, version: next } });
  return moves;
}

/** A text that two equal states share. */
export function stateKey({ release, patch, postgres, uninstalled }: SiteState): string {
  return [release, patch, postgres.version, postgres.kind, postgres.remote, uninstalled].join('|');
}

/** Patches are cumulative (3.7, p. 173): the goal's is installed over any older one, in one hop. */
function missingPatch({ release, patch }: SiteState, goal: GoalState): number | undefined {
  if (release !== goal.release || typeof goal.patch !== 'number') return undefined;
  return typeof patch === 'number' && patch >= goal.patch ? undefined : goal.patch;
}

/** A release that supports 9.6 migrates the bundled 9.3 (2.6, p. 144); otherwise an upgrade keeps what is there (3.3, p. 168). */
function upgradedPostgres({ postgres }: SiteState, release: number): SiteState['postgres'] {
  const old = postgres.kind === 'bundled' && majorVersion(postgres.version) === '9.3';
  return old && release >= JUNE_2017 ? { ...postgres, version: '9.6' } : postgres;
}

/** The dump goes into the server that a fresh installation brings (3.6, p. 172); one of another kind was never removed. */
function reinstalledPostgres({ postgres }: SiteState, release: number): SiteState['postgres'] {
  if (postgres.kind !== 'bundled') return postgres;
  return { ...postgres, version: RELEASES[release]?.postgres ?? postgres.version };
}

function standaloneTarget(version: string): string | undefined {
  if (compareVersions(version, '9.6') < 0) return '9.6';
  return compareVersions(version, STANDALONE_VERSION) < 0 ? STANDALONE_VERSION : undefined;
}
