import { existsSync } from 'node:fs';
import { aptPrefix } from './postgres.mjs';
import { read, runShown } from './run.mjs';

/** Programs that only tests use: Debian's package for each that is not here. */
const PACKAGES = [
  { name: 'restic', isHere: () => read('restic', ['version']) !== undefined },
  { name: 'openssh-server', isHere: () => existsSync('/usr/sbin/sshd') },
];

/** Installs what tests of offsite copies need, where apt-get can be used; elsewhere those tests are skipped. */
export function provideTestPrograms() {
  const missing = PACKAGES.filter(({ isHere }) => !isHere()).map(({ name }) => name);
  if (missing.length === 0) return;
  const prefix = aptPrefix();
  if (prefix === undefined) {
    console.log(`setup: not here: ${missing.join(', ')}; the tests that need it are skipped`);
    return;
  }
  const [program, ...before] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  try {
    runShown(program, [...before, 'update']);
    runShown(program, [...before, 'install', '-y', '--no-install-recommends', ...missing]);
  } catch (error) {
    console.log(`setup: ${error.message}; the tests that need ${missing.join(', ')} are skipped`);
  }
}
