import { ExpectedError, PreflightError } from '../contract/errors.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** Words a state folder that cannot be written before work on a run begins; anything else is given back as it is. */
export function stateTrouble(error: unknown, folder: string): unknown {
  const system = error instanceof Error && 'syscall' in error;
  if (!system && !(error instanceof ExpectedError && error.name === 'JournalError')) return error;
  return new PreflightError(`The state folder ${folder} cannot be written: ${reasonOf(error)}`, {
    hint:
      'Nothing was changed. Without a journal nothing may be stopped: free space on that disk, or see that this ' +
      'account may write there.',
    cause: error,
  });
}
