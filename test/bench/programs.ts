import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { execa } from 'execa';

const SOURCES = new URL('../../', import.meta.url);

/** The bundled command line, as users start it. */
export const BUNDLE = fileURLToPath(new URL('dist/bin.js', SOURCES));

/** The worker of the bundle. */
export const COPY_WORKER = fileURLToPath(new URL('dist/copy-worker.js', SOURCES));

/** Whether a program can be started here. */
export async function has(program: string): Promise<boolean> {
  const { failed, code } = await execa(program, ['--version'], { reject: false });
  return !failed || code !== 'ENOENT';
}

/** Compiles `vault-process.ts` into `folder`; gives the file. */
export async function buildVaultProcess(folder: string): Promise<string> {
  const outfile = path.join(folder, 'vault-process.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('vault-process.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
}

/** Runs a program to its end. @throws ExecaError when it fails */
export async function run(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execa(file, args, { stdin: 'ignore' });
  return stdout;
}

/** What a copying program is followed by, so that all of them end with their data on the disk. */
export async function sync(folder: string): Promise<void> {
  await run('sync', ['-f', folder]);
}

/** An empty folder at that path. */
export async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
}
