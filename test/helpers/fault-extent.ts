/**
 * How much is ended: a sample (`npm test`), each step at a place inside, or a few where it does its work in parts,
 * and one at its boundary (`npm run test:each-step`, of which `.ci/run` takes a part by turns), or all there is (`npm run test:faults`).
 */
const EXTENT = process.env['SENSE_RUNBOOK_FAULTS'] ?? 'sample';

/** No sample: every step is ended. */
export const NO_SAMPLE = EXTENT !== 'sample';

/** Every step is ended at every place in it, if that shows more than a few places of it. */
export const EVERY_PLACE = EXTENT === 'all';

/** All of them; in the sample the first and every so-many-th after it. */
export function sampled<T>(all: readonly T[], every: number): T[] {
  return all.filter((_one, index) => NO_SAMPLE || index % every === 0);
}
