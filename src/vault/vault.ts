import type { JsonObject } from '../contract/json.ts';
import type { CheckResult, ExecuteContext, Progress } from '../contract/action.ts';
import type { Operation } from '../contract/operation.ts';
import type { FailureReason, SetEvent } from './history.ts';
import type { Sample } from './sample.ts';
import type { SetPart } from './set-parts.ts';

/** `complete`: has a manifest; `incomplete`: has none (being written, or left by a failed run); `deleting`: half removed. */
type SetState = 'complete' | 'incomplete' | 'deleting';

/** One set as a listing shows it. Bytes are logical sizes; `bytesNew` is what this set added to the vault. */
export interface SetSummary {
  readonly id: string;
  readonly path: string;
  readonly state: SetState;
  readonly createdAt: string;
  readonly bytes?: number;
  readonly bytesNew?: number;
  readonly durationMs?: number;
  readonly downtimeMs?: number;
  readonly sequence?: number;
  readonly run?: string;
  /** Of Qlik Sense, with its patch; absent where the site did not tell, and of a set of a repository that was not sent from here. */
  readonly release?: string;
  /** Of the central node; absent as `release`. */
  readonly host?: string;
  /** When a drill last restored it, UTC; absent when none did, or a later look found something wrong. */
  readonly provenAt?: string;
  /** What it was made without; absent: a whole set, or one of a repository that was not sent from here. */
  readonly lacks?: readonly SetPart[];
  /** As `provenAt`, of a set that lacks something: what it has is proven, and it is no whole way back. */
  readonly partProvenAt?: string;
  /** When a look found it wrong, UTC; absent once the same kind of look, or a drill, passed again. */
  readonly failedAt?: string;
  /** Where that look found nothing else wrong. */
  readonly failedFor?: FailureReason;
}

/** One file of the share or of another copied tree; a line of `*.files.jsonl`, sorted by `comparePaths`. */
export interface FileEntry {
  /** Relative, with `/`. An empty folder has a line too: its path ends with `/`, size 0, `sha256` empty. */
  readonly path: string;
  readonly size: number;
  /** Of the source. Nanoseconds since 1970 as decimal text: a double cannot hold them. */
  readonly mtimeNs: string;
  readonly sha256: string;
  /** This set brought the content into the vault; absent when it is a hard link into an earlier complete set. */
  readonly added?: true;
  /** Of the source: its owner may not write it; on Windows, its attribute. The copy in the set may be written. */
  readonly readOnly?: true;
}

/** What one pass over a tree did. */
export interface CopyResult {
  readonly files: number;
  readonly bytes: number;
  readonly filesCopied: number;
  readonly bytesCopied: number;
  readonly filesLinked: number;
  /** Present in the earlier pass, gone now. */
  readonly filesRemoved: number;
  readonly durationMs: number;
  readonly warnings: readonly string[];
}

/** How one tree is copied into an open set. */
export interface CopyTreeOptions {
  /** Source folder on this machine, or reachable from it (UNC). */
  readonly from: string;
  /** Folder in the set: `share`, `logs/central`, `extra/qvd`. Its listing is `<to>.files.jsonl` with `/` in `to` as folders. */
  readonly to: string;
  /** Relative paths (prefixes, with `/`) left out: the vault itself when it lies inside, temporary folders. */
  readonly exclude?: readonly string[];
  /**
   * `fail`: a file that vanishes, changes while read or cannot be read is fatal (share in quiet); `warn`: it is skipped
   * and named, but one that changed while it was read is kept as it was read; `later`: skipped silently, a later pass
   * settles it (live pass). Links are never followed: `fail` and `warn` name them. Names that are no valid text are
   * refused by `fail` and `later`, since no later pass can settle them.
   */
  readonly onTrouble: 'fail' | 'warn' | 'later';
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A set that is being written. */
export interface OpenSet {
  readonly id: string;
  readonly path: string;
  /** What `begin` found that somebody should know: a damaged set it does not link from, a vault without hard links. */
  readonly warnings?: readonly string[];
  /** Absolute path in the set, its folder made. @throws UsageError when `relative` leaves the set. */
  pathFor(relative: string): Promise<string>;
  /** Copies what is new or changed since the earlier pass of this set (or what `begin` found to link), hashing in the same pass. */
  copyTree(options: CopyTreeOptions): Promise<CopyResult>;
}

/** What `commit` writes into the manifest besides the files. */
export interface ManifestFacts {
  readonly run: string;
  readonly tool: string;
  readonly site: JsonObject;
  readonly durationMs?: number;
  readonly downtimeMs?: number;
  readonly quietMs?: number;
  readonly warnings: readonly string[];
  readonly [key: string]: unknown;
}

/** A file of a set outside copied trees, as the manifest lists it. */
export type ManifestFile = { path: string; size: number; sha256: string };

/** A copied tree, as the manifest lists it: `listing` is the file that lists its content. Bytes are logical sizes. */
export type ManifestTree = {
  folder: string;
  listing: string;
  files: number;
  bytes: number;
  listingSha256: string;
};

/**
 * `manifest.json`: makes a set valid. `files` lists every file outside copied trees; `trees` points to the listings.
 * `manifestSha256` is the hash of the manifest's JSON (indented by 2) without that field itself.
 */
export interface Manifest extends JsonObject {
  schemaVersion: 1;
  id: string;
  sequence: number;
  createdAt: string;
}

/** What the folder vault writes into every manifest. */
export interface FolderManifest extends Manifest {
  run: string;
  tool: string;
  files: ManifestFile[];
  trees: ManifestTree[];
  bytes: number;
  bytesNew: number;
  warnings: string[];
  manifestSha256: string;
}

/** One thing wrong with a set. */
export interface Damage {
  readonly path: string;
  readonly kind: 'missing' | 'extra' | 'changed' | 'unreadable' | 'listing' | 'manifest';
  readonly message: string;
  /** Other complete sets in which this is the same file (a hard link): there it is damaged too. */
  readonly sharedWith?: readonly string[];
}

/** Verdict of re-hashing one set. `files` and `bytes` are those that were read. */
export interface Verification {
  readonly set: string;
  readonly ok: boolean;
  /** Part of the files in copied folders that was read; absent: all. */
  readonly samplePercent?: number;
  readonly files: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly damage: readonly Damage[];
  /** Of the manifest that was looked at; absent when it is no manifest any more. */
  readonly manifestSha256?: string;
  /** What could not be written down of the damage. */
  readonly warnings?: readonly string[];
}

/** A complete set as a folder of this machine. */
export interface MaterializedSet {
  readonly path: string;
  /** Removes the folder when it was fetched; leaves the vault's own as it is. May be called more than once. */
  release(): Promise<void>;
}

/** Where sets are read from: a vault, or an offsite copy of one. */
export interface SetSource {
  /** How messages name the place. */
  readonly root: string;
  /** Oldest first. Never fails on a damaged set: it is listed as what it looks like. */
  list(): Promise<SetSummary[]>;
  /** @throws VerificationError when the set is missing, incomplete or its manifest does not parse. */
  read(id: string): Promise<Manifest>;
  /**
   * Reads every file of a complete set again; with `sample`, of the files in copied folders only that part. Changes
   * nothing, except that damaged files are noted in every set that shares them, so that they are never linked again.
   */
  verify(
    id: string,
    hooks: { signal: AbortSignal; onProgress?: (progress: Progress) => void; sample?: Sample },
  ): Promise<Verification>;
  /**
   * The set as a folder, fetched to this machine when it is somewhere else: then `release` must be called. A step gives
   * `run`, its way to start programs, and `into`, a folder that is made for it alone (what is there is removed first).
   *
   * @throws VerificationError when there is no such complete set
   */
  materialize(
    id: string,
    hooks: { signal: AbortSignal; run?: RunProgram; into?: string },
  ): Promise<MaterializedSet>;
  /** What `materialize` does by `run`; nothing where the set is a folder already. Placeholders may be given. */
  materializeOperations(id: string, into: string): readonly Operation[];
  /** Folder of what later looks at a set said: its own, or one here when the set is somewhere else. */
  historyFolder(id: string): string;
  /** Every set that may have a history, oldest first; asks nobody. */
  histories(): Promise<{ readonly set: string; readonly folder: string }[]>;
  /** Adds a look to the history of a set. @throws the file system's error */
  remember(id: string, event: SetEvent): Promise<void>;
}

/** Runs a program that was described: the context of a step, which journals the child. */
export type RunProgram = ExecuteContext['exec'];

/** Where backup sets of one site live. */
export interface Vault extends SetSource {
  readonly kind: 'folder' | 'restic';
  /** The site's folder in the vault. */
  readonly root: string;
  /**
   * Writable, rights, free space, clock not behind the newest set; reads and writes one probe file only. `toRemove`:
   * only what the removal of sets needs; a full vault is no hindrance then.
   */
  check(options?: { readonly toRemove?: boolean }): Promise<CheckResult[]>;
  freeBytes(): Promise<number>;
  /** Newest complete set. */
  latest(): Promise<SetSummary | undefined>;
  /** Takes the vault's lock for `run` (host, run, heartbeat). @throws BusyError naming the holder. */
  lock(run: string): Promise<void>;
  /** Gives the lock back when `run` on this host has it; a lock of another host is never touched. */
  unlock(run: string): Promise<void>;
  /**
   * Makes the folder of a new set; takes the lock if this run has not got it.
   * Files are linked instead of copied where size and mtime are those of an incomplete set of the same run or, where
   * that lacks them, of the newest complete set that is as it was written.
   */
  begin(options: { run: string; now: Date }): Promise<OpenSet>;
  /** The open set `id` again, for the next step of the same run. */
  open(id: string): Promise<OpenSet>;
  /** Hashes what is not hashed yet, makes everything durable (syncfs or flush per file), then writes the manifest last. */
  commit(
    id: string,
    facts: ManifestFacts,
    hooks: { signal: AbortSignal; onProgress?: (progress: Progress) => void },
  ): Promise<Manifest>;
  /** Renames to `.deleting-…` first. A step gives `run`, its way to start programs. */
  remove(id: string, hooks?: { run?: RunProgram }): Promise<void>;
  /** What `remove` does by `run`; nothing where the set is only a folder. */
  removeOperations(id: string): Promise<readonly Operation[]>;
  /**
   * Removes incomplete sets of runs that are over, and half removed sets. Gives what was removed. `isRunOver` decides;
   * without it every run but `keepRun` is over. A set without a manifest that does not tell its run is left alone.
   *
   * @throws BusyError when another living run holds the vault
   */
  sweep(keepRun?: string, isRunOver?: (run: string) => boolean | Promise<boolean>): Promise<string[]>;
}
