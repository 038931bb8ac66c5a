import { performance } from 'node:perf_hooks';

/** One way to do a piece of work. */
export interface Variant {
  readonly name: string;
  /** Not timed, before every round. */
  readonly before?: (round: number) => Promise<void>;
  /** Timed; one that measures by itself gives its milliseconds. */
  readonly run: (round: number) => Promise<number | undefined>;
}

/** Median of every variant, milliseconds, in the order given. */
export type Medians = ReadonlyMap<string, number>;

/** One line of the result: ours against the peer of the same run. */
export interface Comparison {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  readonly ratio: number;
  /** The ratio wanted: at most this. */
  readonly target: number;
}

/** Runs all variants in turn, `rounds` times over, so that what else the machine does meets all of them alike. */
export async function interleave(variants: readonly Variant[], rounds: number): Promise<Medians> {
  const times = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    // The other way round every second time: nobody always comes right after the same one.
    const order = round % 2 === 0 ? variants : [...variants].reverse();
    for (const { name, before, run } of order) {
      await before?.(round);
      const began = performance.now();
      const own = await run(round);
      times.get(name)?.push(own ?? performance.now() - began);
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

/** The comparison of two variants of one run. */
export function compare(
  what: string,
  medians: Medians,
  names: { readonly ours: string; readonly peer: string },
  target: number,
): Comparison {
  const [ours, peer] = [timeOf(medians, names.ours), timeOf(medians, names.peer)];
  return {
    what,
    ours: `${names.ours}: ${seconds(ours)}`,
    peer: `${names.peer}: ${seconds(peer)}`,
    ratio: ours / peer,
    target,
  };
}

/** The median of one variant, milliseconds. @throws Error when it was not measured */
function timeOf(medians: Medians, name: string): number {
  const time = medians.get(name);
  if (time === undefined) throw new Error(`${name} was not measured`);
  return time;
}

/** The middle of the values. @throws RangeError when there are none */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  const next = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (middle === undefined || next === undefined) throw new RangeError('nothing was measured');
  return (middle + next) / 2;
}

function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}
