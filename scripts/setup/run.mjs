import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './setup-error.mjs';

/** The folder of the clone. */
export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** Runs a program in the clone, or in `cwd`, with its output shown; throws SetupError when it fails. */
export function runShown(program, args, { shell = false, cwd = root } = {}) {
  const words = [program, ...args].join(' ');
  console.log(`setup: ${words}`);
  const child = spawnSync(program, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell,
  });
  if (child.error) throw new SetupError(`${words} could not be started: ${child.error.message}`, 1);
  if (child.status !== 0)
    throw new SetupError(`${words} failed (${child.signal ?? `exit code ${child.status}`})`, 1);
}

/** Runs a program quietly and gives its stdout, or undefined when it fails or is not there. */
export function read(program, args) {
  const child = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 20_000,
  });
  return child.status === 0 ? child.stdout : undefined;
}
