const SLASH = 47;

/**
 * Orders two paths with `/` component by component, each component by its UTF-16 code units. Never by locale and
 * without normalisation, so that every machine agrees. A folder's content stands where the folder's name stands:
 * `a`, `a/b`, `a-b`.
 *
 * @returns less than, equal to or greater than 0
 */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    // The end of a component sorts before every character: that is the comparison by components.
    if (x !== y) return (x === SLASH ? -1 : x) - (y === SLASH ? -1 : y);
  }
  return a.length - b.length;
}

/** Orders two names (no `/`) by UTF-16 code units; the same order as {@link comparePaths}. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether `path` is `folder` or lies in it. Both with `/`; the empty folder contains everything. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
