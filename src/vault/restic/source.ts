import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { VerificationError } from '../../contract/errors.ts';
import type { Exec } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { fillText } from '../../foundation/fill.ts';
import { parseManifest } from '../manifest.ts';
import { MANIFEST, timeOfSetId } from '../set-names.ts';
import type { RunProgram, SetSource, SetSummary, Verification } from '../vault.ts';
import type { VaultParts, WorkHooks } from '../vault-parts.ts';
import { verifySet } from '../verify.ts';
import { dumpCommand, restoreCommand, unlockCommand } from './commands.ts';
import { fetchFolder, fetchSet, type FetchPlace } from './fetch.ts';
import { afterAsking, type RecordFile, type RecordedSet } from './record.ts';
import { createRepository, type Repository } from './repository.ts';
import { nameOf, placeOf, type ResticTarget } from './target.ts';

/** What reading a repository needs. */
export interface SourceCollaborators {
  readonly target: ResticTarget;
  readonly record: RecordFile;
  readonly place: FetchPlace;
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
  repository(run: RunProgram): Repository;
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

  async function ask(signal: AbortSignal): Promise<SetSummary[]> {
    const snapshots = await repository(plain(signal)).snapshots();
    const record = afterAsking(await c.record.read(), snapshots, c.clock.now());
    await c.record.write(record);
    return record.sets.map((set) => summaryOf(target, set));
  }

  async function read(id: string, signal: AbortSignal): ReturnType<SetSource['read']> {
    const parsed = parseManifest(
      await repository(plain(signal)).dump({ set: id, folder: '' }, `/${MANIFEST}`),
      id,
    );
    if ('manifest' in parsed) return parsed.manifest;
    throw new VerificationError(`The manifest of backup set ${id} in ${root} is damaged: ${parsed.problem}.`);
  }

  const materialize: SetSource['materialize'] = (id, { signal, run = plain(signal), owner = chance() }) =>
    fetchSet(repository(run), id, c.place, owner);

  async function verify(id: string, hooks: WorkHooks): Promise<Verification> {
    const began = c.clock.monotonic();
    hooks.onProgress?.({ text: 'fetching' });
    const fetched = await materialize(id, hooks);
    try {
      const verification = await verifySet(c.parts(dirname(fetched.path)), id, hooks);
      return { ...verification, durationMs: c.clock.monotonic() - began };
    } finally {
      await fetched.release();
    }
  }

  return {
    target,
    record: c.record,
    place: c.place,
    root,
    ask,
    repository,
    plain,
    verify,
    materialize,
    list: () => ask(never),
    read: (id) => read(id, never),
    materializeOperations: (id, owner) => [
      dumpCommand(target, id, `/${MANIFEST}`),
      restoreCommand(target, id, fetchFolder(c.place, id, owner)),
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
