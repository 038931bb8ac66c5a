// Bundles the command line into dist/. Usage: node scripts/build.mjs [--clean]
import { chmod, mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions } from './bundle-options.mjs';
import { powershellScripts } from './powershell-scripts.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const out = path.join(root, 'dist');
/** A process that still runs may load one of its chunks later, so young ones of earlier builds stay. */
const KEEP_OLD_CHUNKS_MS = 60 * 60 * 1000;

const startedAt = new Date();
const entryPoints = { bin: 'src/bin.ts', 'copy-worker': 'src/vault/copy-worker.ts' };

// One by one: what the worker shares with the rest would lie in files of its own, and both would open them.
const results = await Promise.all(
  Object.entries(entryPoints).map(([name, source]) =>
    build(bundleOptions({ root, out, entryPoints: { [name]: source } })),
  ),
).catch((error) => {
  for (const message of error.errors ?? []) report('error', message);
  if (error.errors === undefined) throw error;
  process.exit(1);
});
const warnings = results.flatMap((result) => result.warnings);
const outputFiles = results.flatMap((result) => result.outputFiles);

for (const warning of warnings) report('warning', warning);
if (warnings.length > 0) {
  console.error('The build stops at warnings. Nothing was written.');
  process.exit(1);
}

const bin = path.join(out, 'bin.js');
const binFile = outputFiles.find((file) => file.path === bin);
if (!binFile?.text.startsWith('#!/usr/bin/env node\n')) {
  console.error('src/bin.ts must start with the line: #!/usr/bin/env node');
  process.exit(1);
}

await mkdir(out, { recursive: true });
// Chunks first, the entry points after them: at every moment what dist/bin.js loads is there.
const entries = new Set(Object.keys(entryPoints).map((name) => path.join(out, `${name}.js`)));
const files = [...outputFiles].sort((a, b) => Number(entries.has(a.path)) - Number(entries.has(b.path)));
for (const file of files) await replace(file.path, file.contents);
await chmod(bin, 0o755);
const scripts = path.join(out, 'powershell');
await mkdir(scripts, { recursive: true });
const shipped = powershellScripts(path.join(root, 'templates', 'powershell'));
for (const [name, text] of shipped) await replace(path.join(scripts, name), text);
for (const name of await readdir(scripts)) if (!shipped.has(name)) await rm(path.join(scripts, name));
await removeOld(new Set([scripts, ...files.map((file) => file.path)]));

// The stamp carries the time the build began: a source changed while it ran counts as newer.
const stamp = path.join(out, '.built');
await writeFile(stamp, '');
await utimes(stamp, startedAt, startedAt);
const kilobytes = Math.round(
  files.filter((file) => file.path.endsWith('.js')).reduce((sum, file) => sum + file.contents.length, 0) /
    1024,
);
console.log(
  `built dist/bin.js and ${files.length / 2 - 1} more files, ${kilobytes} kB, in ${Date.now() - startedAt.getTime()} ms`,
);

async function replace(file, contents) {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, contents);
  await rename(temporary, file);
}

async function removeOld(current) {
  const all = process.argv.includes('--clean');
  for (const name of await readdir(out)) {
    const file = path.join(out, name);
    if (current.has(file)) continue;
    const info = await stat(file).catch(() => undefined);
    if (info !== undefined && (all || startedAt.getTime() - info.mtimeMs > KEEP_OLD_CHUNKS_MS)) {
      await rm(file, { recursive: true, force: true });
    }
  }
}

function report(kind, { text, location }) {
  const where = location ? `${location.file}:${location.line}:${location.column + 1}: ` : '';
  console.error(`${where}${kind}: ${text}`);
}
