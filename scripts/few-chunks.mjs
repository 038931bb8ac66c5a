import path from 'node:path';

/**
 * esbuild plugin: each module of `together` lies with all that it loads in one file, the first ones first. By itself esbuild
 * makes a file for every set of modules that the same lazily loaded ones share: a command then opens dozens of them, and
 * each takes as long as 20 kB more to compile. Here a lazily loaded module of ours loads those of `together` as well (one
 * of `together` those before it): they are there already, or needed at once, so all share the same. `alone` is one more of
 * `together`, the last: many a command needs none of the others but the first, so it loads only that.
 */
export function fewChunks(together, alone) {
  return {
    name: 'few-chunks',
    setup(build) {
      const [last, ...files] = [alone, ...together].map((file) =>
        path.join(build.initialOptions.absWorkingDir, file),
      );
      const before = (file) => {
        if (file === last) return files.slice(0, 1);
        return files.includes(file) ? files.slice(0, files.indexOf(file)) : [...files, last];
      };
      build.onResolve({ filter: /^\./ }, ({ path: specifier, kind, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        return { path: path.join(resolveDir, specifier), namespace: 'few-chunks' };
      });
      build.onLoad({ filter: /.*/, namespace: 'few-chunks' }, ({ path: file }) => {
        return {
          contents: [
            ...before(file).map((one) => `import ${JSON.stringify(one)};`),
            `export * from ${JSON.stringify(file)};`,
          ].join('\n'),
          resolveDir: path.dirname(file),
        };
      });
    },
  };
}
