import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeDurably } from '../durable.ts';
import { makeFolder } from '../make-folder.ts';
import { withStorage } from '../storage-error.ts';
import type { SetSummary } from '../vault.ts';
import type { Snapshot } from './output.ts';

/** A set in the repository, as this machine last saw it. */
export interface RecordedSet extends Snapshot {
  /** It was sent from here, counted, and its manifest read back. */
  readonly proven?: true;
  /** Of what was sent; absent: it was not sent from here. */
  readonly manifestSha256?: string;
  /** What a listing shows, from the manifest; absent: it was not sent from here. */
  readonly facts?: Omit<SetSummary, 'id' | 'path' | 'state' | 'sequence'>;
}

/** Where a repository stands, kept beside the sets so that nobody has to ask the repository. */
export interface RepositoryRecord {
  readonly schemaVersion: 1;
  /** In the order of their sequence. */
  readonly sets: readonly RecordedSet[];
  /** Sequence of the first set that was to be sent to it while it held none: earlier ones are not missed there. */
  readonly from?: number;
  /** When it was last asked, and answered; UTC. */
  readonly askedAt?: string;
  /** When a set was last sent; UTC. */
  readonly sentAt?: string;
  /** Why the last sending failed; absent: it did not. */
  readonly failed?: { readonly at: string; readonly message: string };
  /** Snapshots that are not what was sent; they are no sets, and go when their set is sent again. */
  readonly rejected?: readonly string[];
  /** Of `restic prune`; UTC. */
  readonly prunedAt?: string;
  /** Sets were removed that a prune did not see yet. */
  readonly unpruned?: true;
}

/** Reads and writes one record. */
export interface RecordFile {
  readonly file: string;
  /** Undefined when there is none, or none that can be read: then only the repository knows. */
  read(): Promise<RepositoryRecord | undefined>;
  write(record: RepositoryRecord): Promise<void>;
}

/** Where the record of the copy `name` lies; `root`: the site's folder in the vault. */
export function recordPath(root: string, name: string): string {
  return join(root, 'offsite', `${name}.json`);
}

/** Where the histories of a copy's sets lie, which cannot lie in them; `file`: its record. */
export function historiesOf(file: string): string {
  return file.replace(/\.json$/, '');
}

/** The record in `file`. */
export function createRecordFile(file: string): RecordFile {
  return {
    file,
    async read() {
      try {
        return parse(await readFile(file, 'utf8'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(record) {
      await withStorage(file, async () => {
        await makeFolder(dirname(file));
        await writeDurably(file, `${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
      });
    },
  };
}

/** The record after the repository was asked: what was proven stays proven, what is gone is gone. */
export function afterAsking(
  record: RepositoryRecord | undefined,
  snapshots: readonly Snapshot[],
  now: Date,
): RepositoryRecord {
  const known = new Map(record?.sets.map((set) => [set.snapshot, set]));
  // A set that was sent twice counts once: the later snapshot, which was counted.
  const good = snapshots.filter(({ snapshot }) => record?.rejected?.includes(snapshot) !== true);
  const newest = new Map(good.map((snapshot) => [snapshot.set, snapshot]));
  const sets = [...newest.values()].map((snapshot) => known.get(snapshot.snapshot) ?? snapshot);
  return { ...(record ?? { schemaVersion: 1 }), sets, askedAt: now.toISOString() };
}

function parse(text: string): RepositoryRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Cut short or edited: the repository is asked again.
    return undefined;
  }
  const record = value as Partial<RepositoryRecord> | null;
  return record?.schemaVersion === 1 && Array.isArray(record.sets) ? (record as RepositoryRecord) : undefined;
}
