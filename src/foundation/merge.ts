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

/**
 * {@link mergeSorted} for streams that come in batches: it waits once a batch instead of once an item, which is what
 * takes the time in a stream of hundreds of thousands. Gives the pairs in batches, too.
 */
export async function* mergeBatches<Left, Right>(
  left: AsyncIterable<readonly Left[]>,
  right: AsyncIterable<readonly Right[]>,
  compare: (left: Left, right: Right) => number,
): AsyncGenerator<MergedPair<Left, Right>[], void, undefined> {
  const lefts = createCursor(left);
  const rights = createCursor(right);
  try {
    for (;;) {
      await lefts.fill();
      await rights.fill();
      const pairs: MergedPair<Left, Right>[] = [];
      for (;;) {
        const one = lefts.current();
        const other = rights.current();
        // One side is used up but not at its end: only the next batch can tell which item comes first.
        if ((one === undefined && !lefts.ended) || (other === undefined && !rights.ended)) break;
        if (one === undefined && other === undefined) break;
        const order = one === undefined ? 1 : other === undefined ? -1 : compare(one, other);
        if (order <= 0) lefts.step();
        if (order >= 0) rights.step();
        if (order < 0) pairs.push({ left: one as Left });
        else if (order > 0) pairs.push({ right: other as Right });
        else pairs.push({ left: one as Left, right: other as Right });
      }
      if (pairs.length > 0) yield pairs;
      else if (lefts.ended && rights.ended) return;
    }
  } finally {
    await lefts.close();
    await rights.close();
  }
}

interface Cursor<T> {
  readonly ended: boolean;
  /** The item at hand; undefined when the batch is used up. */
  current(): T | undefined;
  step(): void;
  /** Takes the next batch with anything in it once this one is used up. */
  fill(): Promise<void>;
  close(): Promise<void>;
}

function createCursor<T>(stream: AsyncIterable<readonly T[]>): Cursor<T> {
  const batches = stream[Symbol.asyncIterator]();
  let batch: readonly T[] = [];
  let next = 0;
  let ended = false;
  return {
    get ended() {
      return ended;
    },
    current: () => batch[next],
    step() {
      next += 1;
    },
    async fill() {
      while (next >= batch.length && !ended) {
        const result = await batches.next();
        if (result.done === true) ended = true;
        else {
          batch = result.value;
          next = 0;
        }
      }
    },
    close: async () => void (await batches.return?.()),
  };
}

/** A stream of nothing. */
export async function* nothing(): AsyncGenerator<never, void, undefined> {
  // An absent listing is merged like an empty one.
}
