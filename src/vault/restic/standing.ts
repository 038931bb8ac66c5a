import { join } from 'node:path';
import { looksAt } from '../sets.ts';
import type { SetSummary } from '../vault.ts';
import { historiesOf, type RecordFile, type RecordedSet, type RepositoryRecord } from './record.ts';

/** Where a copy stands, without asking it. */
export interface Standing {
  readonly name: string;
  /** Newest set that is there; absent: none. */
  readonly lastSet?: string;
  readonly sentAt?: string;
  /** What a drill last proved restorable from the copy itself; absent: nothing that is still there. */
  readonly lastProven?: { readonly set: string; readonly at: string };
  /** Complete sets of the vault that are newer and not there. */
  readonly behind: number;
  /** Why the last sending failed; absent: it did not. */
  readonly failed?: { readonly at: string; readonly message: string };
}

/** Compares what a copy was last known to hold with the sets of the vault. */
export async function standingOf(
  name: string,
  record: RecordFile,
  sets: readonly SetSummary[],
): Promise<Standing> {
  const known = await record.read();
  const last = known?.sets.at(-1);
  const { sentAt, failed } = known ?? {};
  const lastProven = await lastProof(record, known?.sets ?? []);
  return {
    name,
    ...(last === undefined ? {} : { lastSet: last.set }),
    ...(sentAt === undefined ? {} : { sentAt }),
    ...(lastProven === undefined ? {} : { lastProven }),
    behind: missingSets(known ?? { sets: [] }, sets).length,
    ...(failed === undefined ? {} : { failed }),
  };
}

/** The newest drill that passed, of sets the copy still has. */
async function lastProof(
  { file }: RecordFile,
  sets: readonly RecordedSet[],
): Promise<Standing['lastProven']> {
  const proofs = await Promise.all(
    sets.map(async ({ set, manifestSha256 }) => ({
      set,
      at: (await looksAt(join(historiesOf(file), set), manifestSha256)).provenAt,
    })),
  );
  return proofs
    .flatMap(({ set, at }) => (at === undefined ? [] : [{ set, at }]))
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .at(-1);
}

/**
 * Complete sets that are not there and are newer than the newest one that is. Where none is, those since it was first to
 * get one; all of them when it never was.
 */
export function missingSets(
  { sets: there, from = 0 }: Pick<RepositoryRecord, 'sets' | 'from'>,
  sets: readonly SetSummary[],
): SetSummary[] {
  const names = new Set(there.map(({ set }) => set));
  const newest = there.length === 0 ? from - 1 : Math.max(...there.map(({ sequence }) => sequence));
  return sets.filter(
    ({ id, state, sequence = 0 }) => state === 'complete' && !names.has(id) && sequence > newest,
  );
}
