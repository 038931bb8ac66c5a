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

beforeAll(async () => {
  const root = path.resolve(import.meta.dirname, '../../..');
  const options = bundleOptions({
    root,
    out: path.join(root, 'dist'),
    entryPoints: { bin: 'src/bin.ts', 'copy-worker': 'src/vault/copy-worker.ts' },
  });
  const { metafile } = await build(options);
  if (metafile === undefined) throw new Error('the build told nothing about its parts');
  bundle = metafile;
}, 60_000);

/** Packages in the chunks that are loaded together with `entry`; what `import()` loads later is left out. */
function loadedWith(entry: string): Set<string> {
  const chunks = new Set([entry]);
  for (const chunk of chunks)
    for (const { path: other, kind, external } of bundle.outputs[chunk]?.imports ?? [])
      if (kind === 'import-statement' && external !== true) chunks.add(other);
  return packagesIn([...chunks]);
}

function packagesIn(chunks: readonly string[]): Set<string> {
  const files = chunks.flatMap((chunk) => Object.keys(bundle.outputs[chunk]?.inputs ?? {}));
  const names = files.map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}

describe('the start of the program', () => {
  it('loads commander and no heavy package, so that --help is there at once', () => {
    expect([...loadedWith('dist/bin.js')]).toEqual(['commander']);
  });

  it('has each of the heavy packages in a chunk of its own time', () => {
    const everywhere = packagesIn(Object.keys(bundle.outputs));
    expect(HEAVY.filter((name) => !everywhere.has(name))).toEqual([]);
  });

  it('is just as light for the workers that copy', () => {
    expect([...loadedWith('dist/copy-worker.js')]).toEqual([]);
  });
});
