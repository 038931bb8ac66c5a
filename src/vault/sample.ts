import { createHash } from 'node:crypto';
import { UsageError } from '../contract/errors.ts';

/** Which part of the files in copied folders is read again. */
export interface Sample {
  /** 1 to 100. */
  readonly percent: number;
  /** The same seed chooses the same files; a new one each time, so that in the end all are read. */
  readonly seed: string;
}

const BUCKETS = 2 ** 32;

/**
 * Decides for a path of a copied folder whether its content is read; without a sample all are.
 * @throws UsageError when the percentage is none
 */
export function chooseBySample(sample: Sample | undefined): (path: string) => boolean {
  if (sample === undefined) return () => true;
  const { percent, seed } = sample;
  if (!(percent > 0 && percent <= 100))
    throw new UsageError(`${String(percent)} is no part of the files in percent.`, {
      hint: 'Give a number from 1 to 100.',
    });
  if (percent === 100) return () => true;
  const limit = (percent / 100) * BUCKETS;
  return (path) => createHash('md5').update(seed).update('\0').update(path).digest().readUInt32BE(0) < limit;
}
