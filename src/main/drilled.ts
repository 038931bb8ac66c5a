import { readHistory } from '../vault/history.ts';
import type { SetSource } from '../vault/vault.ts';

/** How long the databases of a set took to load in a drill, in milliseconds. */
export interface Drilled {
  readonly set: string;
  readonly restoreMs: number;
}

/**
 * The newest good drill of `set`, or else of the newest set that has one, wherever it lay (`sources`: the vault and its copies).
 * Of a drill that failed not every database was loaded. Undefined when there was none, or nothing can be read of it.
 */
export async function newestDrill(
  sources: readonly Pick<SetSource, 'histories'>[],
  set: string | undefined,
): Promise<Drilled | undefined> {
  try {
    const folders = (await Promise.all(sources.map((source) => source.histories()))).flat();
    const newest = [...new Set(folders.map((one) => one.set))].sort().reverse();
    const order = newest.filter((one) => one === set).concat(newest.filter((one) => one !== set));
    for (const one of order) {
      const restoreMs = await restoreTime(folders.filter((other) => other.set === one));
      if (restoreMs !== undefined) return { set: one, restoreMs };
    }
  } catch {
    // The steps of the plan say what is wrong with the vault; only the prediction is missing here.
  }
  return undefined;
}

async function restoreTime(folders: readonly { readonly folder: string }[]): Promise<number | undefined> {
  const events = (await Promise.all(folders.map(({ folder }) => readHistory(folder)))).flat();
  return events
    .filter(
      ({ kind, verdict, restoreMs }) => kind === 'drill' && verdict === 'passed' && restoreMs !== undefined,
    )
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .at(-1)?.restoreMs;
}
