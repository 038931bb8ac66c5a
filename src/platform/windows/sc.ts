import { CommandError } from '../../contract/errors.ts';
import type { Exec } from '../../contract/node.ts';
import { serviceError, type ServiceVerb } from '../services/codes.ts';

/** Longest call of `sc.exe`, or of a program beside it. Milliseconds. */
export const SC_LIMIT_MS = 60_000;
const LIST_BYTES = 8 * 1024 * 1024;

/** Arguments that list every service. */
export const LIST_SERVICES: readonly string[] = ['queryex', 'type=', 'service', 'state=', 'all'];

/** `sc.exe` for the services of `machine`, when it is another one than it runs on. */
export function scCommand(machine: string | undefined, args: readonly string[]): string[] {
  return ['sc.exe', ...(machine === undefined ? [] : [`\\\\${machine}`]), ...args];
}

/** Runs `sc.exe` for a service and gives what it printed. @throws ServiceError with its exit code, the Win32 error */
export type Sc = (doing: ServiceVerb, name: string, args: readonly string[]) => Promise<string>;

/** `sc.exe` by `exec`, for the services of `machine` when it is another one than it runs on. */
export function createSc({
  exec,
  machine,
}: {
  readonly exec: Exec;
  readonly machine?: string | undefined;
}): Sc {
  return async (doing, name, args) => {
    try {
      const limits = { timeoutMs: SC_LIMIT_MS, maxOutputBytes: LIST_BYTES };
      return (await exec(scCommand(machine, args), limits)).stdout;
    } catch (error) {
      if (!(error instanceof CommandError) || error.code === undefined) throw error;
      throw serviceError(doing, name, error.code, { machine, cause: error });
    }
  };
}
