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
  const builtAt = Math.min(timeOf('dist/.built') ?? 0, timeOf('dist/bin.js') ?? 0);
  if (builtAt > 0 && SOURCES.every((source) => newest(path.join(root, source)) <= builtAt)) return;
  runShown(process.execPath, [path.join('scripts', 'build.mjs')]);
}

function timeOf(file) {
  return statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs;
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
