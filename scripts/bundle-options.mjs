import path from 'node:path';
import { fewChunks } from './few-chunks.mjs';
import { lazyCommonJs } from './lazy-commonjs.mjs';

const COMMONJS_NAMES = [
  "import { createRequire as bundleCreateRequire } from 'node:module';",
  'const require = bundleCreateRequire(import.meta.url);',
  'const [bundleFilename, bundleDirname] = [import.meta.filename, import.meta.dirname];',
].join('\n');

/** esbuild's options for the bundle. Nothing is written: who builds does that. */
export function bundleOptions({ root, out, entryPoints }) {
  return {
    absWorkingDir: root,
    entryPoints,
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // One flat folder: `import.meta.url` means the same place in every chunk.
    chunkNames: '[name]-[hash]',
    sourcemap: true,
    sourcesContent: false,
    // Less to read and compile at every start. Names stay: they stand in stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    keepNames: false,
    write: false,
    metafile: true,
    logLevel: 'silent',
    external: ['pg-native'],
    plugins: [
      lazyCommonJs,
      fewChunks(
        ['src/main.ts', 'src/main/watch-site.ts', 'src/main/processes.ts'],
        'src/commands/all-commands.ts',
      ),
    ],
    // Its ES modules: what is not used is left out, and nothing is read twice, as functions around CommonJS modules are.
    alias: { yaml: path.join(root, 'node_modules/yaml/browser/index.js') },
    // Packages in CommonJS use `require`, `__filename` and `__dirname`; an ES module has none of them.
    banner: { js: COMMONJS_NAMES },
    define: { __filename: 'bundleFilename', __dirname: 'bundleDirname' },
  };
}
