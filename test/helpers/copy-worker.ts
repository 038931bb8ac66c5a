import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const compiled = new Map<string, Promise<URL>>();

/**
 * The copy worker as compiled JavaScript, once for each `begin`: JavaScript that runs before it, to make its file calls
 * fail. The address holds the code itself, so that no file has to be removed.
 */
export function copyWorkerFile(begin = ''): Promise<URL> {
  const known = compiled.get(begin) ?? compile(begin);
  compiled.set(begin, known);
  return known;
}

async function compile(begin: string): Promise<URL> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/vault/copy-worker.ts', import.meta.url))],
    write: false,
    bundle: true,
    banner: { js: begin },
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  const code = Buffer.from(outputFiles.map(({ text }) => text).join('')).toString('base64');
  return new URL(`data:text/javascript;base64,${code}`);
}
