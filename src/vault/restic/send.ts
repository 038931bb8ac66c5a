import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PreflightError, VerificationError } from '../../contract/errors.ts';
import type { Clock } from '../../foundation/clock.ts';
import { formatCount } from '../../foundation/human.ts';
import { fileSize } from '../file-size.ts';
import { HISTORY_FILE, MANIFEST } from '../set-names.ts';
import { factsOf } from '../sets.ts';
import type { FolderManifest } from '../vault.ts';
import type { PlannedSet } from './commands.ts';
import { GONE_HINT, MissingRepositoryError } from './failure.ts';
import type { Sent, Snapshot } from './output.ts';
import { afterAsking, type RecordedSet, type RecordFile, type RepositoryRecord } from './record.ts';
import type { Repository } from './repository.ts';
import { nameOf, placeOf } from './target.ts';

/** A complete set on this machine. */
export interface LocalSet {
  readonly path: string;
  readonly manifest: FolderManifest;
  readonly planned: PlannedSet;
}

/** An earlier set that is not there yet, as a plan names it: how many there will be nobody knows then. */
export const EARLIER = '<earlier-set>';

/** What sending needs. */
export interface SendCollaborators {
  readonly repository: Repository;
  readonly record: RecordFile;
  readonly clock: Clock;
}

/** What became of one set. */
export interface SendResult {
  readonly set: string;
  readonly snapshot: string;
  /** False: it was there already. */
  readonly sent: boolean;
  readonly bytesAdded: number;
}

/**
 * Notes the set that is the first one to be sent, before anything can go wrong: should it not arrive, it is among those that
 * the next run sends. What was there before the repository was named is not.
 */
export async function rememberFirst(record: RecordFile, sequence: number): Promise<void> {
  const known = (await record.read()) ?? { schemaVersion: 1, sets: [] };
  if (known.sets.length === 0 && known.from === undefined) await record.write({ ...known, from: sequence });
}

/**
 * Sees to it that the repository is there, and asks what it holds.
 *
 * @throws PreflightError when it once held sets and is gone: an empty one would hide that
 */
export async function prepareRepository(c: SendCollaborators): Promise<RepositoryRecord> {
  const known = await c.record.read();
  const snapshots = await askOrInit(c, known);
  const record = afterAsking(known, snapshots, c.clock.now());
  await c.record.write(record);
  return record;
}

async function askOrInit(c: SendCollaborators, known: RepositoryRecord | undefined): Promise<Snapshot[]> {
  const { repository } = c;
  try {
    return await repository.snapshots();
  } catch (error) {
    if (!(error instanceof MissingRepositoryError)) throw error;
    if (known?.sentAt !== undefined)
      throw new PreflightError(
        `There is no restic repository at ${placeOf(repository.target)} any more; it held ${formatCount(known.sets.length, 'set')}.`,
        {
          hint: GONE_HINT,
          cause: error,
        },
      );
    await repository.init();
    return [];
  }
}

/**
 * Sends one set, counts what arrived and reads its manifest back. A set that was sent and proven before is left alone.
 *
 * @throws VerificationError when what arrived is not the set: that snapshot then counts as none
 */
export async function sendSet(c: SendCollaborators, set: LocalSet): Promise<SendResult> {
  const { repository } = c;
  const { id, sequence } = set.manifest;
  const before = (await c.record.read()) ?? { schemaVersion: 1, sets: [] };
  const there = before.sets.find((one) => one.set === id);
  if (there?.proven === true) return { set: id, snapshot: there.snapshot, sent: false, bytesAdded: 0 };
  const sent = await repository.backup(set.planned, set.path, sequence, before.sets.at(-1)?.snapshot);
  try {
    await proveArrival(repository, set, sent);
  } catch (error) {
    if (error instanceof VerificationError)
      await c.record.write({ ...before, rejected: [...(before.rejected ?? []), sent.snapshot] });
    throw error;
  }
  if (there !== undefined || before.rejected !== undefined) await repository.forgetOlder(set.planned);
  const now = c.clock.now().toISOString();
  const arrived: RecordedSet = {
    ...{ set: id, snapshot: sent.snapshot, sequence, sentAt: now },
    proven: true,
    manifestSha256: set.manifest.manifestSha256,
    facts: factsOf(set.manifest),
  };
  const sets = [...before.sets.filter((one) => one.set !== id), arrived].sort(
    (a, b) => a.sequence - b.sequence,
  );
  const { failed: over, ...kept } = before;
  void over;
  await c.record.write({ ...kept, sets, sentAt: now });
  return { set: id, snapshot: sent.snapshot, sent: true, bytesAdded: sent.bytesAdded };
}

/** Files and bytes of the set folder as its manifest lists them, with what the manifest cannot list: itself. */
async function contentOfSet({ path, manifest }: LocalSet): Promise<{ files: number; bytes: number }> {
  let files = manifest.files.length;
  let bytes = manifest.files.reduce((sum, file) => sum + file.size, 0);
  const beside = [MANIFEST, HISTORY_FILE];
  for (const tree of manifest.trees) {
    files += tree.files;
    bytes += tree.bytes;
    beside.push(tree.listing);
  }
  for (const name of beside) {
    const size = await fileSize(join(path, name));
    if (size === undefined) continue;
    files += 1;
    bytes += size;
  }
  return { files, bytes };
}

async function proveArrival(repository: Repository, set: LocalSet, sent: Sent): Promise<void> {
  const { id } = set.manifest;
  const expected = await contentOfSet(set);
  if (sent.files !== expected.files || sent.bytes !== expected.bytes)
    throw new VerificationError(
      `${nameOf(repository.target)} did not get set ${id} as it is: restic counted ${String(sent.files)} files of ${String(sent.bytes)} bytes, the set has ${String(expected.files)} of ${String(expected.bytes)}.`,
      {
        hint: `Something in ${set.path} is missing or was added. "sense-runbook backups verify ${id}" names it.`,
      },
    );
  const [there, here] = [
    await repository.dump(set.planned, `/${MANIFEST}`),
    await readFile(join(set.path, MANIFEST), 'utf8'),
  ];
  if (sha256(there) !== sha256(here))
    throw new VerificationError(
      `The manifest of set ${id} reads differently from ${nameOf(repository.target)}.`,
      {
        hint: 'Check the repository with "restic check".',
      },
    );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
