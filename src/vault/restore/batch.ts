/** Gathers items until there are enough of them, or of their bytes. */
export interface Batch<T> {
  add(item: T, bytes: number): Promise<void>;
  /** Hands on what is gathered. */
  send(): Promise<void>;
}

/** Makes one; `limit` is asked before each item. `start` may wait for room. */
export function createBatch<T>(
  limit: () => { readonly items: number; readonly bytes: number },
  start: (items: readonly T[]) => Promise<void>,
): Batch<T> {
  let items: T[] = [];
  let size = 0;
  async function send(): Promise<void> {
    if (items.length === 0) return;
    const full = items;
    items = [];
    size = 0;
    await start(full);
  }
  return {
    send,
    async add(item, bytes) {
      items.push(item);
      size += bytes;
      const most = limit();
      if (items.length >= most.items || size >= most.bytes) await send();
    },
  };
}
