import { formatDuration } from '../foundation/human.ts';
import type { DowntimeEstimate, HopKind } from './types.ts';

/** Minutes for one kind of hop: `once` for the site and `node` for every node. */
interface Figure {
  readonly once: number;
  readonly node: number;
  /** What `once` is for. */
  readonly words: string;
}

/**
 * Planning figures of the tool, confidence C: neither the manual nor a measurement says them. They compare paths; how long a
 * site is really down its own trial upgrade tells (`--minutes`).
 */
const FIGURES: Readonly<Record<HopKind, Figure>> = {
  upgrade: { once: 15, node: 30, words: 'start and checks' },
  'uninstall-patch': { once: 10, node: 10, words: 'start and checks' },
  patch: { once: 10, node: 10, words: 'start and checks' },
  'postgres-qpi': { once: 45, node: 0, words: 'dump, restore and checks' },
  'postgres-standalone': { once: 60, node: 0, words: 'dump, restore, comparison and checks' },
  'upgrade-after-uninstall': { once: 60, node: 30, words: 'dump, restore and checks' },
};

/** Minutes by which the search compares hops. */
export type MinutesOf = (kind: HopKind) => number;

/** What is known of durations on this site. */
export interface Pace {
  /** Absent: one node is counted, and said so. */
  readonly nodes: number | undefined;
  /** As measured, a node; see {@link PlanOptions.minutes}. */
  readonly measured: Partial<Readonly<Record<HopKind, number>>>;
}

export function minutesOf({ nodes = 1, measured }: Pace): MinutesOf {
  return (kind) => {
    const given = measured[kind];
    const { once, node } = FIGURES[kind];
    if (given !== undefined) return node === 0 ? given : given * nodes;
    return once + node * nodes;
  };
}

/** How long the site is down in one hop. */
export function hopDowntime(kind: HopKind, pace: Pace): DowntimeEstimate {
  const minutes = minutesOf(pace)(kind);
  const given = pace.measured[kind];
  const { once, node, words } = FIGURES[kind];
  const count =
    pace.nodes === undefined
      ? '1 node (number not known)'
      : `${String(pace.nodes)} ${pace.nodes === 1 ? 'node' : 'nodes'}`;
  const figures =
    given === undefined
      ? `${node === 0 ? '' : `${count} x ${String(node)} min setup + `}${String(once)} min ${words}; planning figures of this tool, not measured`
      : `${node === 0 ? '' : `${count} x `}${String(given)} min as given`;
  return { minutes, text: about(minutes), basis: figures, measured: given !== undefined };
}

/** The sum over hops. */
export function totalDowntime(parts: readonly DowntimeEstimate[]): DowntimeEstimate {
  const minutes = parts.reduce((sum, part) => sum + part.minutes, 0);
  const measured = parts.length > 0 && parts.every((part) => part.measured);
  const sum = `sum of ${String(parts.length)} ${parts.length === 1 ? 'hop' : 'hops'}`;
  return {
    minutes,
    text: about(minutes),
    basis: measured || parts.length === 0 ? sum : `${sum}; planning figures of this tool, not measured`,
    measured,
  };
}

function about(minutes: number): string {
  return minutes === 0 ? 'none' : `about ${formatDuration(minutes * 60_000)}`.replace(/ 0 s$/, '');
}
