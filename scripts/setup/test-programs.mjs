import { existsSync } from 'node:fs';
import { installPackages } from './packages.mjs';
import { aptPrefix } from './postgres.mjs';
import { read, runShown } from './run.mjs';

/** Wine runs 64-bit Windows programs without the packages of a second architecture. */
const canHaveWine = process.platform === 'linux' && process.arch === 'x64';

/** Programs that only tests use: Debian's package for each that is not here. */
const PACKAGES = [
  { name: 'restic', isHere: () => read('restic', ['version']) !== undefined },
  { name: 'openssh-server', isHere: () => existsSync('/usr/sbin/sshd') },
  ...(canHaveWine
    ? [
        { name: 'wine', isHere: () => read('wine', ['--version']) !== undefined },
        { name: 'wine64', isHere: () => existsSync('/usr/lib/wine/wine64') },
        {
          name: 'gcc-mingw-w64-x86-64',
          isHere: () => read('x86_64-w64-mingw32-gcc', ['--version']) !== undefined,
        },
      ]
    : []),
];

/** A package of its own in a folder of its own, like the older PostgreSQL servers: nobody else needs it. */
const S3_SERVER = 'test/s3-server';

/** Installs what tests of offsite copies, of nodes over SSH and of Windows need, where apt-get can be used; else they are skipped. */
export function provideTestPrograms() {
  installPackages(S3_SERVER);
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
