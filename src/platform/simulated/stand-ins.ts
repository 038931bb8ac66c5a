import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CommandError } from '../../contract/errors.ts';
import type { Exec } from '../../contract/node.ts';

/**
 * Runs programs of this machine, and for those that `programs/` of the node has a script for, that script: a simulated node
 * has no Repository.exe. The name counts without its folder and without regard to case. A script is told in
 * SIMULATED_PROGRAM for which file it stands, and may write an exit code of Windows, which has 32 bits, into SIMULATED_EXIT.
 */
export function withStandIns(exec: Exec, folder: string): Exec {
  return async (argv, options) => {
    const [program = '', ...rest] = argv;
    const script = standInFor(folder, program);
    if (!existsSync(script)) return exec(argv, options);
    const exit = path.join(os.tmpdir(), `sense-runbook-exit-${randomUUID()}`);
    const env = { ...options?.env, SIMULATED_PROGRAM: program, SIMULATED_EXIT: exit };
    try {
      return await exec([process.execPath, script, ...rest], { ...options, env });
    } catch (error) {
      const code = await exitCodeIn(exit);
      if (!(error instanceof CommandError) || code === undefined) throw error;
      const { argv: said, stdout, stderr } = error;
      throw new CommandError(error.message, { argv: said, code, stdout, stderr }, { cause: error });
    } finally {
      await fs.rm(exit, { force: true });
    }
  };
}

/** As Windows gives it: without a sign. */
async function exitCodeIn(file: string): Promise<number | undefined> {
  try {
    return Number(await fs.readFile(file, 'utf8')) >>> 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Where a node has the script that stands in for a program. */
export function standInFor(folder: string, program: string): string {
  return path.join(folder, 'programs', `${path.win32.basename(program).toLowerCase()}.mjs`);
}
