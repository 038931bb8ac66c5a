import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const compiled = new Map<string, Promise<URL>>();

/**
 * The copy worker as compiled JavaScript, once for a test file, in a temporary folder that is removed when the process
 * ends. `begin`: JavaScript that runs before it, to make its file calls fail.
 */
export function copyWorkerFile(begin = ''): Promise<URL> {
  const known = compiled.get(begin) ?? compile(begin);
  compiled.set(begin, known);
  return known;
}

async function compile(begin: string): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'copy-worker-'));
  const outfile = join(folder, 'copy-worker.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/vault/copy-worker.ts', import.meta.url))],
    outfile,
    bundle: true,
    banner: { js: begin },
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return pathToFileURL(outfile);
}
