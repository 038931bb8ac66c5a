import { BusyError } from '../../contract/errors.ts';
import { nextCommandLine } from '../../engine/next-commands.ts';
import type { RunSummary } from '../../engine/types.ts';
import type { HopRecord, JourneyRecord } from './record.ts';

/** What comes next in a journey. `hop` counts from 0. */
export type Act =
  | { readonly do: 'begin'; readonly hop: number }
  | { readonly do: 'resume'; readonly hop: number; readonly part: 'backup' | 'hop'; readonly run: string }
  /** The set of the run that made the safety backup has to be proven. */
  | { readonly do: 'prove'; readonly hop: number; readonly run: string }
  | { readonly do: 'carry-out'; readonly hop: number; readonly set: string }
  | { readonly do: 'end' };

/**
 * Brings a record up to date with what became of its runs: somebody may have resumed, put back or given up a run by itself, and the
 * process may have died before it wrote down how one ended. `anew`: this process has not worked on it yet, so that a backup
 * that nothing came after is an old one.
 */
export function settle(record: JourneyRecord, runs: readonly RunSummary[], anew: boolean): JourneyRecord {
  const hops = record.hops.map((hop) => settleHop(hop, runs, anew));
  return { ...record, hops };
}

/** What comes next. @throws BusyError when a run of the journey has to be dealt with by a person first. */
export function nextAct(record: JourneyRecord, runs: readonly RunSummary[]): Act {
  const at = record.hops.findIndex(({ state }) => state !== 'done');
  const hop = record.hops[at];
  if (hop === undefined) return { do: 'end' };
  switch (hop.state) {
    case 'waiting':
    case 'done':
      return { do: 'begin', hop: at };
    case 'backed-up':
      return { do: 'carry-out', hop: at, set: hop.backup?.set ?? '' };
    case 'backing-up':
    case 'running': {
      const part = hop.state === 'running' ? 'hop' : 'backup';
      const run = runOf(hop) ?? '';
      const summary = runs.find(({ id }) => id === run);
      if (summary?.outcome === 'done') return { do: 'prove', hop: at, run };
      refuseUnlessResumable(summary, run, at + 1);
      return { do: 'resume', hop: at, part, run };
    }
  }
}

function settleHop(hop: HopRecord, runs: readonly RunSummary[], anew: boolean): HopRecord {
  if (hop.state === 'backed-up') return anew ? startOver(hop) : hop;
  if (hop.state !== 'backing-up' && hop.state !== 'running') return hop;
  const summary = runs.find(({ id }) => id === runOf(hop));
  // Cut off before the run was there: nothing was changed by it.
  if (summary === undefined) return startOver(hop);
  switch (summary.outcome) {
    case 'done':
      if (hop.state === 'running') return { ...hop, state: 'done', ...endOf(summary) };
      return anew ? startOver(hop) : hop;
    case 'rolled-back':
    case 'abandoned':
      return startOver(hop);
    default:
      // A backup that failed and left nothing behind is made anew. A hop goes on where it failed: what setup did on a node stays.
      return hop.state === 'running' || summary.holdsSite || summary.outcome === 'running'
        ? hop
        : startOver(hop);
  }
}

/** The hop from its beginning. What a person confirmed they have done still is. */
function startOver({ kind, from, to, confirmed, earlier, backup, run }: HopRecord): HopRecord {
  const runs = [backup?.run, run].filter((one) => one !== undefined);
  return {
    kind,
    from,
    to,
    state: 'waiting',
    ...(confirmed === undefined ? {} : { confirmed }),
    earlier: [...earlier, ...runs],
  };
}

function runOf({ state, backup, run }: HopRecord): string | undefined {
  return state === 'running' ? run : backup?.run;
}

function endOf({ endedAt }: RunSummary): { endedAt?: string } {
  return endedAt === undefined ? {} : { endedAt };
}

function refuseUnlessResumable(summary: RunSummary | undefined, run: string, number: number): void {
  const words = `run ${run} of hop ${String(number)}`;
  if (summary?.outcome === 'running')
    throw new BusyError(`${words} is running`, { hint: 'Wait until it has ended.' });
  if (summary?.next.includes('resume') === true && summary.outcome !== 'lost') return;
  const next = summary?.next.map((command) => `\`sense-runbook ${nextCommandLine(command, run)}\``) ?? [];
  const hint =
    next.length === 0
      ? `\`sense-runbook runs show ${run}\` shows it.`
      : `First ${next.join(' or ')}; then this command again.`;
  throw new BusyError(`${words} ${summary?.outcome === 'lost' ? 'was cut off' : 'cannot be resumed'}`, {
    hint,
  });
}
