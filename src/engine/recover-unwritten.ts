import { messageOf } from '../contract/errors.ts';
import type { ActiveRun } from './active-run.ts';
import { recoverRun } from './recover.ts';
import { bindKnownOutputs } from './session.ts';
import type { RunResult } from './types.ts';

/**
 * Recovers a killed run whose journal cannot be written, as on a disk that fails: the site must not stay down for that. Nothing of
 * it is on record, so that the run still counts as killed, and `recover` is needed once more. Exit code 1, or 7 when a service does
 * not start. `run` has a journal in memory.
 */
export async function recoverUnwritten(run: ActiveRun, why: unknown): Promise<RunResult> {
  bindKnownOutputs(run);
  run.emit({ type: 'run-started', run: run.id, plan: run.plan, mode: 'recover', folder: run.folder });
  run.warn(`${messageOf(why)} The site is put in order all the same, with nothing written down.`);
  const result = await recoverRun(run);
  const ended: RunResult =
    result.exitCode === 0 ? { ...result, exitCode: 1, error: stillKilled(result) } : result;
  const { outcome, exitCode, durationMs, downtime } = ended;
  run.emit({ type: 'run-finished', run: run.id, outcome, exitCode, durationMs, downtime });
  return ended;
}

function stillKilled({ run, error }: RunResult): NonNullable<RunResult['error']> {
  return {
    name: 'JournalError',
    message:
      `${error?.message ?? ''} It could not be written down, so that run ${run} still counts as killed.`.trim(),
    hint: 'Mend the disk of the state folder, free space there, or see that this account may write there; then `sense-runbook recover` once more.',
  };
}
