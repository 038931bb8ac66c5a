import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { installPackages } from './packages.mjs';
import { root, runShown } from './run.mjs';

const FOLDER = path.join('test', 'servers');

/** Where there are packages for it: Linux on x64. */
const supported = process.platform === 'linux' && process.arch === 'x64';

/**
 * Installs the older PostgreSQL servers that the tests back up. They are packages of their own, in a folder of their
 * own: nobody who installs this program needs them, and npm refuses them on other systems.
 */
export function provideOlderServers() {
  if (!supported || !existsSync(path.join(root, FOLDER, 'package.json'))) return;
  installPackages(FOLDER);
  const packages = path.join(root, FOLDER, 'node_modules');
  for (const name of readdirSync(packages).filter((entry) => entry.startsWith('postgres-')))
    linkLibraries(path.join(packages, name));
}

/** A package cannot hold symbolic links; its script makes them, and npm does not run it by itself. */
function linkLibraries(folder) {
  const links = JSON.parse(readFileSync(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8'));
  const missing = links.filter(
    ({ target }) => lstatSync(path.join(folder, target), { throwIfNoEntry: false }) === undefined,
  );
  if (missing.length > 0) runShown(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder });
}
