import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * esbuild plugin: `await import('some-commonjs-package')` gets the named exports that Node.js gives it. esbuild alone
 * gives `default` only, so that code which works unbundled would fail in the bundle.
 */
export const lazyCommonJs = {
  name: 'lazy-commonjs',
  setup(build) {
    build.onResolve(
      { filter: /^[^./]/ },
      async ({ path: specifier, kind, importer, resolveDir, pluginData }) => {
        if (kind !== 'dynamic-import' || pluginData === 'seen' || specifier.startsWith('node:'))
          return undefined;
        const found = await build.resolve(specifier, { kind, importer, resolveDir, pluginData: 'seen' });
        if (found.external || found.errors.length > 0 || !isCommonJs(found.path)) return found;
        return { path: specifier, namespace: 'lazy-commonjs', pluginData: { resolveDir, file: found.path } };
      },
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy-commonjs' }, async ({ path: specifier, pluginData }) => {
      const names = Object.keys(await import(specifier)).filter(
        (name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default',
      );
      const lines = [
        `const all = require(${JSON.stringify(pluginData.file)});`,
        'export default all;',
        ...names.map(
          (name, index) =>
            `const value${index} = all[${JSON.stringify(name)}]; export { value${index} as ${name} };`,
        ),
      ];
      return { contents: lines.join('\n'), resolveDir: pluginData.resolveDir };
    });
  },
};

function isCommonJs(file) {
  if (file.endsWith('.mjs')) return false;
  if (file.endsWith('.cjs')) return true;
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const description = path.join(folder, 'package.json');
    if (existsSync(description)) return JSON.parse(readFileSync(description, 'utf8')).type !== 'module';
  }
  return true;
}
