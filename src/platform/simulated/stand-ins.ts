import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Exec } from '../../contract/node.ts';

/**
 * Runs programs of this machine, and for those that `programs/` of the node has a script for, that script: a simulated node
 * has no Repository.exe. The name counts without its folder and without regard to case.
 */
export function withStandIns(exec: Exec, folder: string): Exec {
  return (argv, options) => {
    const [program = '', ...rest] = argv;
    const script = standInFor(folder, program);
    return exec(existsSync(script) ? [process.execPath, script, ...rest] : argv, options);
  };
}

/** Where a node has the script that stands in for a program. */
export function standInFor(folder: string, program: string): string {
  return path.join(folder, 'programs', `${path.win32.basename(program).toLowerCase()}.mjs`);
}
