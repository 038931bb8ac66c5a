import { createCipheriv, createHash } from 'node:crypto';

/** Random values that are the same for the same seed, so that two demo sites hold the same data. */
export interface SeededRandom {
  /** Bytes that do not compress. */
  bytes(length: number): Buffer;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(values: readonly T[]): T;
  uuid(): string;
}

/** Makes the random values of one seed: the key stream of a cipher. */
export function seededRandom(seed: string): SeededRandom {
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16));
  const bytes = (length: number) => cipher.update(Buffer.alloc(length));
  const between = (low: number, high: number) => low + (bytes(4).readUInt32LE(0) % (high - low + 1));
  return {
    bytes,
    between,
    pick<T>(values: readonly T[]): T {
      const value = values[between(0, values.length - 1)];
      if (value === undefined) throw new RangeError('nothing to pick from');
      return value;
    },
    uuid() {
      const hex = bytes(16).toString('hex');
      return [
        hex.slice(0, 8),
        hex.slice(8, 12),
        `4${hex.slice(13, 16)}`,
        `a${hex.slice(17, 20)}`,
        hex.slice(20),
      ].join('-');
    },
  };
}
