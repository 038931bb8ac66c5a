import path from 'node:path';
import { build } from 'esbuild';
import type { BuildOptions, Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error A script without types.
import { bundleOptions as untyped } from '../../../scripts/bundle-options.mjs';

const bundleOptions = untyped as (parts: {
  root: string;
  out: string;
  entryPoints: Record<string, string>;
}) => BuildOptions;

/** What takes long to load and most commands do not need. */
const HEAVY = [
  'archiver',
  'execa',
  'fs-extra',
  'inquirer',
  'jsep',
  'listr2',
  'node-forge',
  'pg',
  'write-file-atomic',
  'yaml',
  'zod',
];

let bundle: Metafile;
let worker: Metafile;

beforeAll(async () => {
  [bundle, worker] = await Promise.all([
    metafileOf({ bin: 'src/bin.ts' }),
    metafileOf({ 'copy-worker': 'src/vault/copy-worker.ts' }),
  ]);
}, 60_000);

async function metafileOf(entryPoints: Record<string, string>): Promise<Metafile> {
  const root = path.resolve(import.meta.dirname, '../../..');
  const { metafile } = await build(bundleOptions({ root, out: path.join(root, 'dist'), entryPoints }));
  if (metafile === undefined) throw new Error('the build told nothing about its parts');
  return metafile;
}

/** The chunks that are loaded together with the lazily loaded `module`. */
function loadedWith(module: string): string[] {
  const entry = Object.keys(bundle.outputs).find((chunk) =>
    bundle.outputs[chunk]?.entryPoint?.endsWith(`/${module}`),
  );
  if (entry === undefined) throw new Error(`${module} is not loaded lazily`);
  return withStatic(entry);
}

/** A chunk and those that it loads; what `import()` loads later is left out. */
function withStatic(entry: string): string[] {
  const chunks = new Set([entry]);
  for (const chunk of chunks)
    for (const { path: other, kind, external } of bundle.outputs[chunk]?.imports ?? [])
      if (kind === 'import-statement' && external !== true) chunks.add(other);
  return [...chunks];
}

function inputsOf(chunks: readonly string[]): string[] {
  return chunks.flatMap((chunk) => Object.keys(bundle.outputs[chunk]?.inputs ?? {}));
}

function packagesIn(chunks: readonly string[]): Set<string> {
  const names = inputsOf(chunks).map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}

describe('the start of the program', () => {
  it('loads nothing but itself, so that --version is there at once', () => {
    expect(inputsOf(withStatic('dist/bin.js')).sort()).toEqual(['src/bin.ts', 'src/main/broken-pipe.ts']);
  });

  it('loads commander and no heavy package for a command, so that --help is there at once', () => {
    expect([...packagesIn(loadedWith('src/main.ts'))]).toEqual(['commander']);
  });

  it('opens few files, also for the probe for monitoring', () => {
    const files = [...loadedWith('src/main.ts'), ...loadedWith('src/main/watch-site.ts')];
    expect(new Set(files).size).toBeLessThanOrEqual(6);
    expect([...packagesIn(files)].sort()).toEqual(['commander', 'yaml', 'zod']);
  });

  it('loads no other command for the probe for monitoring', () => {
    const inputs = inputsOf([...loadedWith('src/main.ts'), ...loadedWith('src/main/watch-site.ts')]);
    expect(inputs).toContain('src/commands/status.ts');
    expect(inputs).not.toContain('src/commands/backups.ts');
    expect(inputs).not.toContain('src/report/plan-view.ts');
  });

  it('has each of the heavy packages in a chunk of its own time', () => {
    const everywhere = packagesIn(Object.keys(bundle.outputs));
    expect(HEAVY.filter((name) => !everywhere.has(name))).toEqual([]);
  });

  it('is one file for the workers that copy, without any package', () => {
    const files = Object.keys(worker.outputs).filter((file) => file.endsWith('.js'));
    expect(files).toEqual(['dist/copy-worker.js']);
    const inputs = Object.keys(worker.outputs['dist/copy-worker.js']?.inputs ?? {});
    expect(inputs.filter((file) => !file.startsWith('src/'))).toEqual([]);
  });
});
