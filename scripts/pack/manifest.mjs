// Run by `npm pack`: what is bundled into dist/ is no dependency of the package, which so installs without a network.
// Usage: node scripts/pack/manifest.mjs strip|restore
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup/run.mjs';

const file = path.join(root, 'package.json');
const kept = path.join(root, 'package.json.whole');
/** Of use in a clone only. */
const CLONE_ONLY = ['dependencies', 'devDependencies', 'overrides', 'scripts'];

/** What the package's own package.json says. */
export function packedManifest(whole) {
  return Object.fromEntries(Object.entries(whole).filter(([name]) => !CLONE_ONLY.includes(name)));
}

function strip() {
  // One that was broken off left the whole one beside it.
  if (existsSync(kept)) restore();
  const text = readFileSync(file, 'utf8');
  writeFileSync(kept, text);
  writeFileSync(file, `${JSON.stringify(packedManifest(JSON.parse(text)), null, 2)}\n`);
}

function restore() {
  renameSync(kept, file);
}

const [what] = process.argv.slice(2);
if (what === 'strip') strip();
else if (what === 'restore') restore();
