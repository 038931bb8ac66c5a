import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root, runShown } from './run.mjs';
import { SetupError } from './setup-error.mjs';

/** Stops when this Node.js is older than package.json's `engines` asks for. */
export function checkNodeVersion(version = process.versions.node) {
  const wanted = readJson('package.json').engines.node.replace(/^>=/, '');
  if (compareVersions(version, wanted) < 0) {
    throw new SetupError(
      `Node.js ${wanted} or newer is needed, this is ${version}. Install a newer one from https://nodejs.org and run the command again.`,
    );
  }
}

/** Runs `npm ci` when node_modules of a folder is missing or does not hold what its package-lock.json names. */
export function installPackages(folder = '.') {
  if (packagesAreCurrent(folder)) return;
  const args = ['ci', '--no-audit', '--no-fund', ...(folder === '.' ? [] : ['--prefix', folder])];
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) runShown(process.execPath, [npm, ...args]);
  else runShown('npm', args, { shell: process.platform === 'win32' });
}

/** Compares contents, not times: a checkout gives the lock file a new time without a change. */
function packagesAreCurrent(folder) {
  const wanted = readJson(path.join(folder, 'package-lock.json')).packages;
  let installed;
  try {
    installed = readJson(path.join(folder, 'node_modules/.package-lock.json')).packages;
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([name, entry]) => {
    // The root itself, and packages for other platforms, are not in node_modules.
    if (name === '' || (entry.optional && installed[name] === undefined)) return true;
    return installed[name]?.version === entry.version && installed[name]?.integrity === entry.integrity;
  });
}

function compareVersions(left, right) {
  const parts = (version) => version.split('.').map(Number);
  const [a, b] = [parts(left), parts(right)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function readJson(file) {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
}
