import { BusyError } from '../contract/errors.ts';
import { LockHeldError } from '../platform/lock/process-lock.ts';
import type { RunSummary } from './types.ts';

/** Names the run that works on the site now, or its process while it has no run yet; other errors are given back. */
export function siteBusy(error: unknown, site: string, running: RunSummary | undefined): unknown {
  if (!(error instanceof LockHeldError)) return error;
  const { pid, host } = error.holder ?? {};
  const process =
    typeof pid === 'number' && typeof host === 'string' ? `process ${String(pid)} on ${host}` : 'a process';
  const who = running === undefined ? process : `run ${running.id} (${running.title}; ${process})`;
  return new BusyError(`${who} is at work on the site ${site}`, {
    hint: 'Wait until it has ended, or look at `sense-runbook runs`.',
    cause: error,
  });
}
