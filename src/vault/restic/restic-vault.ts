import { rm } from 'node:fs/promises';
import type { Clock } from '../../foundation/clock.ts';
import type { RunProgram, SetSummary, Vault } from '../vault.ts';
import { forgetCommand, pruneCommand, snapshotsCommand, unlockCommand } from './commands.ts';
import { MissingRepositoryError } from './failure.ts';
import { afterAsking, type RecordedSet } from './record.ts';
import { summaryOf, type ResticSource } from './source.ts';

/** What a restic vault is made of. */
export interface ResticVaultOptions {
  /** The folder that sets are built in, as a vault of its own. */
  readonly staging: Vault;
  readonly source: ResticSource;
  readonly clock: Clock;
  /** Data of removed sets is taken out of the repository at most this often (milliseconds), or never. */
  readonly prune: number | 'never';
}

/** A vault whose sets are in a restic repository. */
export interface ResticVault extends Vault {
  readonly kind: 'restic';
  /** Staged sets that the repository has and the next set does not need: all but the newest. */
  superfluous(): Promise<string[]>;
}

/**
 * The vault of the kind restic: sets are built as folders, sent, and read from the repository from then on. The newest
 * stays as a folder, so that the next one is linked against it. A set that was not sent yet counts as incomplete.
 */
export function createResticVault({ staging, source, clock, prune }: ResticVaultOptions): ResticVault {
  const never = new AbortController().signal;

  /** What the repository holds, asked only when nobody knows. */
  async function sentSets(): Promise<SetSummary[]> {
    const known = await source.record.read();
    // One that was written without an answer tells nothing of what is there.
    if (known?.askedAt !== undefined) return source.summarise(known);
    try {
      return await source.ask(never);
    } catch (error) {
      if (error instanceof MissingRepositoryError) return [];
      throw error;
    }
  }

  async function list(): Promise<SetSummary[]> {
    const sent = new Map((await sentSets()).map((set) => [set.id, set]));
    // A folder that is half removed, or damaged, is not the set any more: the repository has it whole.
    const staged = (await staging.list()).filter(({ id, state }) => state === 'complete' || !sent.has(id));
    const here = staged.map((set): SetSummary => {
      if (set.state !== 'complete') return set;
      const there = sent.get(set.id);
      if (there === undefined) return { ...set, state: 'incomplete' };
      const { provenAt, partProvenAt, failedAt, failedFor } = there;
      return {
        ...set,
        ...(provenAt === undefined ? {} : { provenAt }),
        ...(partProvenAt === undefined ? {} : { partProvenAt }),
        ...(failedAt === undefined ? {} : { failedAt }),
        ...(failedFor === undefined ? {} : { failedFor }),
      };
    });
    const names = new Set(staged.map(({ id }) => id));
    const all = [...[...sent.values()].filter(({ id }) => !names.has(id)), ...here];
    return all.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  }

  async function removeFromRepository(id: string, run: RunProgram): Promise<void> {
    const repository = source.repository(run);
    const snapshots = await repository.snapshots();
    for (const one of snapshots.filter(({ set }) => set === id)) await repository.forget(one);
    const now = clock.now();
    const left = snapshots.filter(({ set }) => set !== id);
    const record = afterAsking(await source.record.read(), left, now);
    await source.record.write({ ...record, unpruned: true });
    await rm(source.historyFolder(id), { recursive: true, force: true });
    if (prune === 'never' || now.getTime() - Date.parse(record.prunedAt ?? '1970-01-01') < prune) return;
    await repository.prune();
    await source.record.write({ ...record, prunedAt: now.toISOString() });
  }

  return {
    ...staging,
    kind: 'restic',
    list,
    verify: (id, hooks) => source.verify(id, hooks),
    materialize: (id, hooks) => source.materialize(id, hooks),
    materializeOperations: (id, into) => source.materializeOperations(id, into),
    historyFolder: (id) => source.historyFolder(id),
    histories: () => source.histories(),
    remember: (id, event) => source.remember(id, event),

    async latest() {
      const sent = ((await source.record.read())?.sets ?? []).at(-1);
      return sent === undefined ? staging.latest() : summaryOf(source.target, sent);
    },

    async read(id) {
      const staged = (await staging.list()).some((set) => set.id === id && set.state === 'complete');
      return staged ? staging.read(id) : source.read(id);
    },

    async superfluous() {
      const sent = new Set(((await source.record.read())?.sets ?? []).filter(isProven).map(({ set }) => set));
      // The removal of one may have been cut short.
      const staged = (await staging.list()).filter(({ state }) => state !== 'incomplete');
      const newest = await staging.latest();
      return [...new Set(staged.map(({ id }) => id))].filter((id) => id !== newest?.id && sent.has(id));
    },

    async removeOperations(id) {
      if (!(await sentSets()).some((set) => set.id === id)) return [];
      const { target } = source;
      const tidy = prune === 'never' ? [] : [pruneCommand(target)];
      return [snapshotsCommand(target), forgetCommand(target, id), ...tidy, unlockCommand(target)];
    },

    async remove(id, { run = source.plain(never) } = {}) {
      const staged = (await staging.list()).some((set) => set.id === id);
      const sent = (await sentSets()).some((set) => set.id === id);
      if (sent) await removeFromRepository(id, run);
      if (staged || !sent) await staging.remove(id);
    },
  };
}

function isProven({ proven }: RecordedSet): boolean {
  return proven === true;
}
