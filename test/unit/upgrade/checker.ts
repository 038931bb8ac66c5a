import type { HopKind, HopState, UpgradeStart } from '../../../src/upgrade/types.ts';
import { age, before, RELEASES } from './releases.ts';

/** A change of a state: what a hop does. `to` is the release of the two kinds that install one, `patch` the patch's number. */
export interface Move {
  readonly kind: HopKind;
  readonly to?: string;
  readonly patch?: number;
}

/** What the moves lead to. A goal without a patch is reached at any patch level. */
export interface Target {
  readonly release: string;
  readonly patch?: number;
}

/** The number before and the first after the dot: 12 for `12.5`, 9.6 for `9.6.24`. */
function series(version: string): number {
  const [major = '', minor = ''] = version.split('.');
  return major === '9' ? Number(`9.${minor}`) : Number(major);
}

/**
 * What a fresh installation of a release brings: 12.5 from May 2021 (3.3, p. 168), and before that what the sites of
 * those days had. For August 2023 to November 2024 the manual says 14.8 on p. 166 and 14.17 on p. 168; the table is
 * taken for right, since the text is that of May 2025 and speaks of one version only.
 */
function bundledWith(release: string): string {
  if (before(release, 'June 2017')) return '9.3';
  if (before(release, 'May 2021')) return '9.6';
  if (before(release, 'August 2023')) return '12.5';
  return before(release, 'May 2025') ? '14.8' : '14.17';
}

/**
 * Versions that a bundled PostgreSQL can have at a release: what the releases up to it brought, 9.3 moved to 9.6, and 9.6
 * not where setup does not proceed with it (3.3, p. 166).
 */
export function broughtUpTo(release: string): string[] {
  const brought = RELEASES.filter((one) => !before(release, one)).map(bundledWith);
  const ends: Readonly<Record<string, string>> = { '9.3': 'June 2017', '9.6': 'August 2023' };
  const kept = brought.filter((version) => before(release, ends[version] ?? 'December 9999'));
  return [...new Set(kept)];
}

function isOldWindows(windows: string | undefined): boolean {
  if (windows === undefined) return false;
  const server = /Server (\d{4})/.exec(windows)?.[1];
  if (server !== undefined) return Number(server) < 2016;
  return Number(/Windows (\d+)/.exec(windows)?.[1] ?? '10') < 10;
}

/**
 * What the manual says against a move of a site in this state: one line a rule, with the page. Empty when nothing does.
 * Lines with `inferred` have no sentence in the manual that says just this.
 */
export function forbids(state: HopState, move: Move, target: Target, windows?: string): string[] {
  const said: string[] = [];
  const must = (holds: boolean, rule: string) => {
    if (!holds) said.push(rule);
  };
  const { release, patch, postgres } = state;
  const version = series(postgres.version);
  const setup = move.kind === 'upgrade' || move.kind === 'upgrade-after-uninstall';

  must(
    (move.kind === 'upgrade-after-uninstall') === state.uninstalled,
    '3.6, p. 172: what was uninstalled is installed anew, and nothing else can be done before',
  );
  if (setup) {
    const to = move.to ?? '';
    const fresh = move.kind === 'upgrade-after-uninstall' && postgres.kind === 'bundled';
    const late = !before(to, 'August 2023');
    must(!before(to, release), '8.11, p. 308: exit code -4, downgrade');
    must(move.kind !== 'upgrade' || to !== release, '3.1, p. 164: an upgrade is to a newer release');
    must(
      before('3.1 SR1', release) || !before('June 2017', to),
      '3.3, p. 165: 3.1 SR1 and earlier must upgrade to June 2017 before later ones',
    );
    must(
      before('3.1 SR1', release) ||
        !before('3.1 SR1', to) ||
        !before(to, 'June 2017') ||
        before(target.release, 'June 2017'),
      '3.3, p. 165: they must upgrade to June 2017, so that 3.1 SR2 or 3.2 are no way around it',
    );
    must(
      !before(release, 'November 2020') || !before('November 2020', to),
      '3.3, p. 166: must upgrade to November 2020 first',
    );
    must(!(late && !fresh && version <= 9.6 && !postgres.remote), '3.3, pp. 166-167: a local 9.6 stops it');
    must(
      !(late && !fresh && version <= 9.6 && postgres.remote),
      'inferred of p. 21 and p. 166: 9.6 elsewhere',
    );
    must(!(late && !fresh && version > 9.6 && version < 12), 'inferred of p. 21: 12 and later are supported');
    must(
      !(version < 9.6 && postgres.kind !== 'bundled' && !before(to, 'June 2017')),
      'inferred of 2.6, p. 144: only a bundled server moves from 9.3 by itself',
    );
    must(!(isOldWindows(windows) && !before(to, 'May 2025')), '1.3, p. 19: Windows Server 2016 or newer');
  }
  if (move.kind === 'postgres-qpi') {
    must(!before(release, 'February 2022'), '2.6, p. 144: February 2022 and above');
    must(patch === 'none', '2.6, p. 145: uninstall all patches first');
    must(postgres.kind === 'bundled', '2.6, p. 145: detects no other database');
    must(version === 9.6 || version === 12, '2.6, p. 144: from 9.6 and 12.5');
  }
  if (move.kind === 'postgres-standalone') {
    const old = version < 9.6;
    must(postgres.kind !== 'bundled', '3.3, p. 166: a bundled database is upgraded by the installer for it');
    must(version < 14, '3.3, p. 168: what is supported already stays');
    must(!old || before(release, 'June 2017'), 'inferred: 9.3 belongs to the releases before June 2017');
    must(old || !before(release, 'February 2022'), 'inferred: 14 is not for releases before February 2022');
  }
  if (move.kind === 'uninstall-patch') must(patch !== 'none', '3.7, p. 174: there is no patch to uninstall');
  if (move.kind === 'patch') {
    must(release === target.release, '3.7, p. 173: a patch is for its own release');
    must(move.patch === target.patch, '3.7, p. 173: patches are cumulative, the last one is enough');
    must(typeof patch !== 'number' || patch < (move.patch ?? 0), '8.11, p. 308: exit code -22, superseded');
  }
  return said;
}

/** The site after a move. */
export function moved(state: HopState, move: Move): HopState {
  const { release, postgres } = state;
  switch (move.kind) {
    case 'uninstall-patch':
      return { ...state, patch: 'none' };
    case 'patch':
      return { ...state, patch: move.patch ?? 'unknown' };
    case 'postgres-qpi':
      return { ...state, postgres: { ...postgres, version: '14.17', kind: 'qpi' } };
    case 'postgres-standalone':
      return { ...state, postgres: { ...postgres, version: series(postgres.version) < 9.6 ? '9.6' : '14' } };
    case 'upgrade': {
      const to = move.to ?? release;
      const carried =
        postgres.kind === 'bundled' && series(postgres.version) < 9.6 && !before(to, 'June 2017');
      return {
        ...state,
        release: to,
        patch: 'none',
        postgres: carried ? { ...postgres, version: '9.6' } : postgres,
      };
    }
    case 'upgrade-after-uninstall': {
      const to = move.to ?? release;
      const version = postgres.kind === 'bundled' ? bundledWith(to) : postgres.version;
      return { release: to, patch: 'none', postgres: { ...postgres, version }, uninstalled: false };
    }
  }
}

/** Whether the site is where it should be. */
export function arrived(state: HopState, target: Target): boolean {
  const there = state.release === target.release && !state.uninstalled;
  return there && (target.patch === undefined || state.patch === target.patch);
}

/** The state that a start of which everything that matters is known describes. */
export function stateOf(start: UpgradeStart): HopState {
  const { version, kind, remote } = start.postgres ?? {};
  if (version === undefined || kind === undefined) throw new Error('version and kind must be known');
  return {
    release: start.release,
    patch: start.patch ?? 'unknown',
    postgres: { version, kind, remote: remote ?? kind === 'managed' },
    uninstalled: start.uninstalled ?? false,
  };
}

function movesAt(state: HopState, target: Target): Move[] {
  const later = RELEASES.filter((to) => !before(to, state.release) && age(to) <= age(target.release));
  const setup = state.uninstalled ? 'upgrade-after-uninstall' : 'upgrade';
  const patches: Move[] = target.patch === undefined ? [] : [{ kind: 'patch', patch: target.patch }];
  return [
    ...later.map((to): Move => ({ kind: setup, to })),
    ...(['uninstall-patch', 'postgres-qpi', 'postgres-standalone'] as const).map((kind) => ({ kind })),
    ...patches,
  ];
}

/**
 * The fewest hops to the target by trying every move that nothing is said against, breadth first; undefined when none
 * leads there. With the number of states that were looked at.
 */
export function fewestHops(
  from: HopState,
  target: Target,
  windows?: string,
): { readonly hops: number | undefined; readonly looked: number } {
  const seen = new Set([JSON.stringify(from)]);
  let ring: HopState[] = [from];
  for (let hops = 0; ring.length > 0; hops += 1) {
    if (ring.some((state) => arrived(state, target))) return { hops, looked: seen.size };
    const next: HopState[] = [];
    for (const state of ring) {
      for (const move of movesAt(state, target)) {
        if (forbids(state, move, target, windows).length > 0) continue;
        const after = moved(state, move);
        const name = JSON.stringify(after);
        if (seen.has(name)) continue;
        seen.add(name);
        next.push(after);
      }
    }
    ring = next;
  }
  return { hops: undefined, looked: seen.size };
}
