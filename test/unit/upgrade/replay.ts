import type { HopState, UpgradeHop } from '../../../src/upgrade/types.ts';
import { nameOf } from './arbitraries.ts';
import { arrived, forbids, moved, type Move, type Target } from './checker.ts';
import { before, RELEASES } from './releases.ts';

function moveOf({ kind, stateAfter }: UpgradeHop): Move {
  const { release, patch } = stateAfter;
  return typeof patch === 'number' ? { kind, to: release, patch } : { kind, to: release };
}

/** Replays hops from a state: what the manual says against any of them, and where they lead to something else than told. */
export function complaints(
  from: HopState,
  hops: readonly UpgradeHop[],
  target: Target,
  windows?: string,
): string[] {
  const found: string[] = [];
  let state = from;
  for (const [index, hop] of hops.entries()) {
    const told = `hop ${index + 1}, ${hop.kind} ${hop.from} -> ${hop.to}`;
    const move = moveOf(hop);
    if (JSON.stringify(sorted(hop.stateBefore)) !== JSON.stringify(sorted(state)))
      found.push(`${told}: begins with another state than ${JSON.stringify(state)}`);
    for (const rule of forbids(state, move, target, windows)) found.push(`${told}: ${rule}`);
    state = moved(state, move);
    if (JSON.stringify(sorted(hop.stateAfter)) !== JSON.stringify(sorted(state)))
      found.push(`${told}: ends with ${JSON.stringify(hop.stateAfter)}, not ${JSON.stringify(state)}`);
  }
  if (!arrived(state, target)) found.push(`the last hop does not lead to ${nameOf(target)}`);
  return found;
}

/** The same state with its fields in one order. */
function sorted({ release, patch, postgres, uninstalled }: HopState): HopState {
  const { version, kind, remote } = postgres;
  return { release, patch, postgres: { version, kind, remote }, uninstalled };
}

/**
 * Releases that a path could stop at instead of an older one: the same hops but for that stop, which nothing is said
 * against. Empty when the path stops at the newest there are.
 */
export function newerStops(
  from: HopState,
  hops: readonly UpgradeHop[],
  target: Target,
  windows?: string,
): string[] {
  const moves = hops.map(moveOf);
  const found: string[] = [];
  moves.forEach((move, index) => {
    const stop = move.to;
    if (stop === undefined || (move.kind !== 'upgrade' && move.kind !== 'upgrade-after-uninstall')) return;
    for (const newer of RELEASES.filter((one) => before(stop, one) && before(one, target.release))) {
      let state = from;
      const fits = moves.every((each, at) => {
        const tried = at === index ? { ...each, to: newer } : each;
        const said = forbids(state, tried, target, windows);
        state = moved(state, tried);
        return said.length === 0;
      });
      if (fits && arrived(state, target)) found.push(`${newer} instead of ${stop}`);
    }
  });
  return found;
}
