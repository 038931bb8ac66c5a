/** One step of a merge: both sides when their keys are equal, else the smaller one alone. */
export interface MergedPair<Left, Right> {
  readonly left?: Left;
  readonly right?: Right;
}

/**
 * Walks two sorted streams side by side and holds one item of each.
 * `compare` tells which one comes first; both streams must be sorted by it. Closes both streams however it ends.
 */
export function* mergeSorted<Left, Right>(
  left: Iterable<Left>,
  right: Iterable<Right>,
  compare: (left: Left, right: Right) => number,
): Generator<MergedPair<Left, Right>, void, undefined> {
  const lefts = left[Symbol.iterator]();
  const rights = right[Symbol.iterator]();
  try {
    let one = lefts.next();
    let other = rights.next();
    while (one.done !== true || other.done !== true) {
      const order = one.done === true ? 1 : other.done === true ? -1 : compare(one.value, other.value);
      if (order < 0) yield { left: one.value as Left };
      else if (order > 0) yield { right: other.value as Right };
      else yield { left: one.value as Left, right: other.value as Right };
      if (order <= 0) one = lefts.next();
      if (order >= 0) other = rights.next();
    }
  } finally {
    lefts.return?.();
    rights.return?.();
  }
}
