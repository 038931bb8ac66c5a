import type { Earlier } from './earlier.ts';
import type { KnownDamage } from './known-damage.ts';
import type { Change } from './restore/changes.ts';
import type { CompareRequest, CompareStep } from './restore/compare-tree.ts';
import type { PutBackJob, PutBackOutcome } from './restore/put-back.ts';
import type { RestoreJob, RestoreOutcome, RestoreTask } from './restore/restore-task.ts';
import type { WalkItem } from './walk.ts';

/** What holds for all files of one pass over a tree. Paths are absolute. */
export interface CopyJob {
  readonly from: string;
  readonly to: string;
  /** Earlier copies of the same folder, the best first. */
  readonly sources: readonly CopySource[];
  /** Keep what was read of a file that changed meanwhile, instead of leaving it out. */
  readonly keepChanged: boolean;
  /** On Windows: wait some seconds for a file that another program has open. No later pass will take it. */
  readonly patient: boolean;
}

/** A folder that holds an earlier copy. */
interface CopySource {
  /** The job's own `to`: files in it are kept. Another one: they are linked. */
  readonly folder: string;
  /** `false`: a file of it is hashed before it is kept or linked. */
  readonly trusted: boolean;
}

/** What an earlier listing says of a file. */
export interface EarlierFile {
  /** Index in the job's `sources`. */
  readonly source: number;
  readonly size: number;
  readonly mtimeNs: string;
  readonly sha256: string;
  readonly added: boolean;
  readonly readOnly?: true;
  /** Its line in the listing of the new copy, where it can be written again as it is. */
  readonly line?: string;
}

/** One thing to do in a pass; `path` is relative with `/`. */
export interface CopyTask {
  readonly kind: 'file' | 'folder' | 'remove';
  readonly path: string;
  /** Earlier copies of the file, the best first; the first that is still the same is kept or linked. */
  readonly earlier?: readonly EarlierFile[];
  /** Copy it now, however large; without it a large file is given back as `large`. */
  readonly whole?: true;
}

/** What became of a task, in the order of the tasks. */
export type CopyOutcome =
  | {
      readonly status: 'kept' | 'linked';
      /** Index in the task's `earlier`: that one was used. */
      readonly version: number;
      /** What the source is now, whatever it was then. */
      readonly readOnly?: true;
    }
  | { readonly status: 'folder'; readonly mtimeNs: string }
  /** The content is new in the vault. */
  | {
      readonly status: 'copied';
      readonly size: number;
      readonly mtimeNs: string;
      readonly sha256: string;
      readonly readOnly?: true;
      /** It changed while it was read, and is kept as it was read. */
      readonly changed?: true;
      /** It did not change and was to be linked; this error code kept it from that. */
      readonly unlinked?: string;
    }
  /** To be given again on its own, so that large files are spread over the workers. */
  | { readonly status: 'large' }
  | { readonly status: 'removed' }
  /** The source is at fault. */
  | {
      readonly status: 'trouble';
      readonly reason: 'vanished' | 'changed' | 'unreadable';
      readonly message: string;
    }
  /** The vault is at fault: nothing more can be written. */
  | { readonly status: 'failed'; readonly target: string; readonly code: string; readonly message: string };

/** The hash of one file, or why there is none. */
export type HashOutcome =
  | { readonly status: 'hashed'; readonly size: number; readonly sha256: string }
  | { readonly status: 'missing' }
  | { readonly status: 'not-a-file' }
  | { readonly status: 'unreadable'; readonly message: string };

/** Whether one file is on the disk now. */
export type FlushOutcome =
  | { readonly status: 'flushed' }
  | { readonly status: 'failed'; readonly target: string; readonly code: string; readonly message: string };

/** A listing that is read beside the walk of a folder. */
export interface ScannedListing {
  readonly file: string;
  readonly tornEnd: 'keep' | 'drop';
  /** Of a complete set: a link into it adds nothing to the vault. */
  readonly complete: boolean;
  /** Of the set it belongs to. */
  readonly damage: KnownDamage;
}

/** Walks a folder and reads listings beside it, both in the order of `comparePaths`. */
export interface ScanRequest {
  readonly kind: 'scan';
  readonly folder: string;
  /** A folder that is not there counts as an empty one. */
  readonly mayBeMissing: boolean;
  /** Left out with everything in them; see `isExcluded`. */
  readonly exclude: readonly string[];
  /** Leave out what restores keep for themselves in the folders they restore. */
  readonly leaveOutKept?: true;
  /** The best first. */
  readonly listings: readonly ScannedListing[];
  /** The folder in its set, relative with `/`. */
  readonly toSet: string;
  /** Keep or link at once what did not change since a copy in a trusted source; `sources` are those of `listings`. */
  readonly reuse?: CopyJob;
  /** Tell what is wrong in the listings, and their hashes. */
  readonly judgeListings: boolean;
}

/** What a scan met, in order. */
export type ScanStep =
  | { readonly kind: 'pair'; readonly item?: WalkItem; readonly earlier?: Earlier }
  /** Some files one after the other that were kept or linked. */
  | {
      readonly kind: 'reused';
      /** Their lines in the new listing, each with its line feed. */
      readonly lines: string;
      readonly files: number;
      readonly bytes: number;
      readonly linked: number;
    }
  | { readonly kind: 'listing-trouble'; readonly message: string }
  /** Told at the end, once for each listing. */
  | { readonly kind: 'listing-hash'; readonly sha256: string };

/** Work for one worker. */
export type WorkerRequest =
  | { readonly kind: 'copy'; readonly job: CopyJob; readonly tasks: readonly CopyTask[] }
  | { readonly kind: 'hash'; readonly folder: string; readonly paths: readonly string[] }
  | { readonly kind: 'flush'; readonly folder: string; readonly paths: readonly string[] }
  | { readonly kind: 'restore'; readonly job: RestoreJob; readonly tasks: readonly RestoreTask[] }
  | { readonly kind: 'put-back'; readonly job: PutBackJob; readonly changes: readonly Change[] }
  | ((ScanRequest | CompareRequest) & {
      /** First element: how many messages with steps were taken. The worker waits when it is too far ahead. */
      readonly taken: SharedArrayBuffer;
    });

/** A request as it is sent. */
export interface WorkerOrder {
  readonly request: WorkerRequest;
  /** First element: not 0 once the work is to be given up. */
  readonly cancel: SharedArrayBuffer;
  /** The worker's own temporary file, in the set that is written. Absent: it only reads. */
  readonly temporary?: string;
}

/** What a worker says; last that it has ended. `bytes` counts what was read since it was last told. */
export type WorkerMessage =
  | { readonly type: 'bytes'; readonly bytes: number }
  | { readonly type: 'scanned'; readonly steps: readonly ScanStep[] | readonly CompareStep[] }
  | { readonly type: 'ended'; readonly end: WorkerEnd; readonly bytes: number };

/** How an order ended. */
export type WorkerEnd =
  | {
      readonly type: 'done';
      readonly outcomes: readonly (
        CopyOutcome | HashOutcome | FlushOutcome | RestoreOutcome | PutBackOutcome
      )[];
    }
  | { readonly type: 'cancelled' }
  /** A scan or comparison could not read its folder or a listing: `path`. */
  | { readonly type: 'unreadable'; readonly code: string; readonly path: string; readonly message: string }
  | { readonly type: 'crashed'; readonly message: string };
