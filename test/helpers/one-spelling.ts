/**
 * JavaScript that lets the file calls of a worker find names below `folder` whatever the case of their letters, as Windows
 * does: a name that is renamed to takes the new spelling, one that is only opened or made keeps its own.
 */
export function oneSpelling(folder: string): string {
  return `{
    const { default: real } = await import('node:fs');
    const { syncBuiltinESMExports } = await import('node:module');
    const { existsSync, lstatSync, readdirSync, renameSync, rmSync } = { ...real };
    const root = ${JSON.stringify(folder)};
    function find(path) {
      if (typeof path !== 'string' || !path.startsWith(root + '/')) return path;
      let there = root;
      for (const name of path.slice(root.length + 1).split('/')) {
        const isHere = lstatSync(there + '/' + name, { throwIfNoEntry: false }) !== undefined;
        const others = isHere || !existsSync(there) || !lstatSync(there).isDirectory() ? [] : readdirSync(there);
        there += '/' + (others.find((one) => one.toUpperCase() === name.toUpperCase()) ?? name);
      }
      return there;
    }
    for (const name of ['lstatSync', 'mkdirSync', 'openSync', 'readdirSync', 'rmSync', 'rmdirSync']) {
      const call = real[name];
      real[name] = (path, ...rest) => call(find(path), ...rest);
    }
    real.renameSync = (from, to) => {
      const [source, target] = [find(from), find(to)];
      if (source !== target && target !== to && existsSync(target)) rmSync(target);
      const parent = target.slice(0, target.lastIndexOf('/'));
      return renameSync(source, parent + to.slice(to.lastIndexOf('/')));
    };
    syncBuiltinESMExports();
  }`;
}
