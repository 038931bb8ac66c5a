import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { VerificationError } from '../../contract/errors.ts';
import type { Exec } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { fillText } from '../../foundation/fill.ts';
import { compareNames } from '../../foundation/path-order.ts';
import { appendHistory } from '../history.ts';
import { makeFolder } from '../make-folder.ts';
import { parseManifest } from '../manifest.ts';
import { MANIFEST, timeOfSetId } from '../set-names.ts';
import { looksAt, namesIn, readManifest } from '../sets.ts';
import { withStorage } from '../storage-error.ts';
import type { Manifest, RunProgram, SetSource, SetSummary, Verification } from '../vault.ts';
import type { VaultParts, WorkHooks } from '../vault-parts.ts';
import { verifySet } from '../verify.ts';
import { dumpCommand, restoreCommand, unlockCommand } from './commands.ts';
import { fetchSet, sweepFetched, type FetchPlace } from './fetch.ts';
import { afterAsking, type RecordFile, type RecordedSet, type RepositoryRecord } from './record.ts';
import { createRepository, type Repository } from './repository.ts';
import { nameOf, placeOf, type ResticTarget } from './target.ts';

/** What reading a repository needs. */
export interface SourceCollaborators {
  readonly target: ResticTarget;
  readonly record: RecordFile;
  readonly place: FetchPlace;
  /** Of the histories of its sets, which cannot lie in them. */
  readonly histories: string;
  readonly clock: Clock;
  /** Runs restic outside a run. */
  readonly exec: Exec;
  /** restic's own cache. */
  readonly cacheFolder: string;
  /** For verifying what was fetched below `root`. */
  readonly parts: (root: string) => VaultParts;
}

/** A repository as a place to read sets from, and to work on with another way to run programs. */
export interface ResticSource extends SetSource {
  readonly target: ResticTarget;
  readonly record: RecordFile;
  readonly place: FetchPlace;
  /** Asks the repository, and keeps what it says. Oldest first. */
  ask(signal: AbortSignal): Promise<SetSummary[]>;
  /** The sets of a record with what looks at them said; asks nobody. Oldest first. */
  summarise(record: RepositoryRecord): Promise<SetSummary[]>;
  repository(run: RunProgram): Repository;
  /** Sets of it that were fetched into the folder `root`. */
  fetched(root: string): Pick<SetSource, 'read' | 'verify'>;
  /** Runs programs outside a step: nothing is journaled. */
  plain(signal: AbortSignal): RunProgram;
}

/** Makes one; nothing is asked yet. `list` asks the repository each time: for a copy it is only wanted when disks died. */
export function createResticSource(c: SourceCollaborators): ResticSource {
  const { target } = c;
  const root = `${nameOf(target)} (${placeOf(target)})`;
  const repository = (run: RunProgram): Repository => createRepository(target, run, c.cacheFolder);
  const plain =
    (signal: AbortSignal): RunProgram =>
    ({ argv }, { fill, ...options } = {}) =>
      c.exec(
        argv.map((argument) => fillText(argument, fill)),
        { ...options, signal },
      );
  const never = new AbortController().signal;
  const historyFolder = (id: string): string => join(c.histories, id);

  async function askOnly(signal: AbortSignal): Promise<RepositoryRecord> {
    const snapshots = await repository(plain(signal)).snapshots();
    return afterAsking(await c.record.read(), snapshots, c.clock.now());
  }

  async function ask(signal: AbortSignal): Promise<SetSummary[]> {
    const record = await askOnly(signal);
    await c.record.write(record);
    return summarise(record);
  }

  function summarise({ sets }: RepositoryRecord): Promise<SetSummary[]> {
    return Promise.all(
      sets.map(async (set) => ({
        ...summaryOf(target, set),
        ...(await looksAt(historyFolder(set.set), set.manifestSha256)),
      })),
    );
  }

  async function read(id: string): Promise<Manifest> {
    const known = manifests.get(id);
    if (known !== undefined) return known;
    const text = await repository(plain(never)).dump({ set: id, folder: '' }, `/${MANIFEST}`);
    const parsed = parseManifest(text, id);
    if ('problem' in parsed) throw damaged(id, parsed.problem);
    manifests.set(id, parsed.manifest);
    return parsed.manifest;
  }

  const materialize: SetSource['materialize'] = async (id, { signal, run = plain(signal), into }) => {
    if (into === undefined) await sweepFetched(c.place);
    return fetchSet(repository(run), id, into ?? join(c.place.folder, chance()), c.place.self);
  };

  /** What is in `root` was fetched from here. */
  const fetched = (root: string): Pick<SetSource, 'read' | 'verify'> => ({
    read: async (id) => {
      const parsed = await readManifest(root, id);
      if ('manifest' in parsed) return parsed.manifest;
      throw damaged(id, parsed.problem);
    },
    verify: (id, hooks) => verifySet(c.parts(root), id, hooks),
  });

  function damaged(id: string, problem: string): VerificationError {
    return new VerificationError(`The manifest of backup set ${id} in ${root} is damaged: ${problem}.`);
  }

  /** The manifest of a set never changes, and to ask for it takes a second. */
  const manifests = new Map<string, Manifest>();

  async function verify(id: string, hooks: WorkHooks): Promise<Verification> {
    const began = c.clock.monotonic();
    hooks.onProgress?.({ text: 'fetching' });
    const copy = await materialize(id, hooks);
    try {
      const verification = await fetched(dirname(copy.path)).verify(id, hooks);
      return { ...verification, durationMs: c.clock.monotonic() - began };
    } finally {
      await copy.release();
    }
  }

  return {
    target,
    record: c.record,
    place: c.place,
    root,
    ask,
    summarise,
    repository,
    plain,
    verify,
    materialize,
    fetched,
    read,
    // A dry run lists too, and must leave nothing.
    list: async () => summarise(await askOnly(never)),
    historyFolder,
    histories: async () =>
      (await namesIn(c.histories))
        .filter((name) => timeOfSetId(name) !== undefined)
        .sort(compareNames)
        .map((set) => ({ set, folder: historyFolder(set) })),
    async remember(id, event) {
      const folder = historyFolder(id);
      await withStorage(folder, () => makeFolder(folder));
      await appendHistory(folder, event);
    },
    materializeOperations: (id, into) => [
      dumpCommand(target, id, `/${MANIFEST}`),
      restoreCommand(target, id, join(into, id)),
      unlockCommand(target),
    ],
  };
}

function chance(): string {
  return randomBytes(4).toString('hex');
}

/** A set of the repository as a listing shows it; sizes only of those that were sent from here. */
export function summaryOf(
  target: ResticTarget,
  { set, snapshot, sequence, sentAt, facts }: RecordedSet,
): SetSummary {
  return {
    id: set,
    path: `${placeOf(target)} (snapshot ${snapshot})`,
    state: 'complete',
    createdAt: (timeOfSetId(set) ?? new Date(sentAt)).toISOString(),
    sequence,
    ...facts,
  };
}
