import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { root, runShown } from './run.mjs';

const SOURCES = [
  'src',
  'runbooks',
  'templates',
  'scripts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/** Builds the bundle when it is missing or older than what it is made from. */
export function buildWhenStale() {
  if (bundleIsStale(root)) runShown(process.execPath, [path.join('scripts', 'build.mjs')]);
}

/** Whether the bundle of a clone is missing, or older than anything that it is made from. */
export function bundleIsStale(clone) {
  const builtAt = Math.min(
    ...['.built', 'bin.js'].map((name) => timeOf(path.join(clone, 'dist', name)) ?? 0),
  );
  return builtAt === 0 || SOURCES.some((source) => newest(path.join(clone, source)) > builtAt);
}

function timeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

/** Newest time below a path; a folder's own time tells of files that were removed. */
function newest(target) {
  const info = statSync(target, { throwIfNoEntry: false });
  if (info === undefined) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  return readdirSync(target).reduce(
    (time, name) => Math.max(time, newest(path.join(target, name))),
    info.mtimeMs,
  );
}
