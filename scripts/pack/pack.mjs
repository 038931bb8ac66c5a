import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, runShown } from '../setup/run.mjs';

/** Runs `work` with a temporary folder that is removed afterwards. */
export async function withFolder(work) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sense-runbook-package-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `npm` with these words, whichever npm runs this script. */
export function npm(args, options) {
  const own = process.env.npm_execpath;
  if (own?.endsWith('.js')) runShown(process.execPath, [own, ...args], options);
  else runShown('npm', args, { shell: process.platform === 'win32', ...options });
}

/** Packs `what` (this clone by default, or a package by name and version) into `folder`; gives the file. */
export function pack(folder, what) {
  const before = new Set(readdirSync(folder));
  const args = ['pack', '--silent', '--pack-destination', folder, ...(what === undefined ? [] : [what])];
  npm(args, { cwd: what === undefined ? root : folder });
  const made = readdirSync(folder).filter((name) => name.endsWith('.tgz') && !before.has(name));
  if (made.length !== 1) throw new Error(`npm pack made ${made.length} files in ${folder}`);
  return path.join(folder, made[0]);
}
