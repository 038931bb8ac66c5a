/** One step of a merge: both sides when their keys are equal, else the smaller one alone. */
export interface MergedPair<Left, Right> {
  readonly left?: Left;
  readonly right?: Right;
}

/**
 * Walks two sorted streams side by side and holds one item of each.
 * `compare` tells which one comes first; both streams must be sorted by it. Closes both streams however it ends.
 */
export async function* mergeSorted<Left, Right>(
  left: AsyncIterable<Left>,
  right: AsyncIterable<Right>,
  compare: (left: Left, right: Right) => number,
): AsyncGenerator<MergedPair<Left, Right>, void, undefined> {
  const lefts = left[Symbol.asyncIterator]();
  const rights = right[Symbol.asyncIterator]();
  try {
    let one = await lefts.next();
    let other = await rights.next();
    while (one.done !== true || other.done !== true) {
      const order = one.done === true ? 1 : other.done === true ? -1 : compare(one.value, other.value);
      if (order < 0) {
        yield { left: one.value as Left };
        one = await lefts.next();
      } else if (order > 0) {
        yield { right: other.value as Right };
        other = await rights.next();
      } else {
        yield { left: one.value as Left, right: other.value as Right };
        one = await lefts.next();
        other = await rights.next();
      }
    }
  } finally {
    await lefts.return?.();
    await rights.return?.();
  }
}

/** A stream of nothing. */
export async function* nothing(): AsyncGenerator<never, void, undefined> {
  // An absent listing is merged like an empty one.
}
