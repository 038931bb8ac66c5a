/** A search compares the same few versions many thousand times. */
const known = new Map<string, readonly number[]>();

/** The numbers of a version: `9.6` -> 9, 6; `14.17` -> 14, 17. */
function parts(version: string): readonly number[] {
  let numbers = known.get(version);
  if (numbers === undefined) {
    numbers = (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);
    known.set(version, numbers);
  }
  return numbers;
}

/** Less than 0 when `a` is the older version; a part that is missing counts as 0. */
export function compareVersions(a: string, b: string): number {
  const left = parts(a);
  const right = parts(b);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Major version as PostgreSQL counts: `9.6` of 9.6.24, `14` of 14.17. */
export function majorVersion(version: string): string {
  const [first = 0, second = 0] = parts(version);
  return first < 10 ? `${String(first)}.${String(second)}` : String(first);
}
