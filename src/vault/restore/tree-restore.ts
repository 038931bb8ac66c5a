import type { Progress } from '../../contract/action.ts';
import type { ExpectedError } from '../../contract/errors.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { CopyWorkers } from '../copy-workers.ts';
import type { ManifestTree } from '../vault.ts';
import type { VaultParts } from '../vault-parts.ts';

/** Which tree of a set is restored, and where to. Paths are absolute. */
export interface RestoreTreeOptions {
  /** Folder of the set. */
  readonly set: string;
  readonly tree: ManifestTree;
  readonly into: string;
  /** The run; what it moves aside is told from that of others by it. */
  readonly run: string;
  /** `quick`: a file is the same when size and time agree; `content`: when its hash agrees too. */
  readonly compare: 'quick' | 'content';
  /** What becomes of files that the set has not. */
  readonly extra: 'move' | 'keep';
  /** Relative paths of the target whose files, where the set has not got them, stay in any case. */
  readonly leave?: readonly string[];
  /** The vault and other folders that must not lie in the target or around it, besides the set. */
  readonly apartFrom?: readonly string[];
  /** To a Windows machine; default: what this one is. */
  readonly windows?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What a restore of one tree did. Bytes are logical sizes; `files` and `bytes` are all of the tree. */
export interface RestoreResult {
  readonly files: number;
  readonly bytes: number;
  readonly filesPlaced: number;
  readonly bytesPlaced: number;
  /** Files and folders that were moved aside: replaced ones, and those that the set has not. */
  readonly moved: number;
  /** Of files and folders that the set has not and that stay. */
  readonly kept: number;
  readonly durationMs: number;
  /** Something was changed, now or by an earlier attempt of the run: a record tells it. */
  readonly recorded: boolean;
  readonly warnings: readonly string[];
}

/** What differs between a folder and a tree of a set. */
export interface TreeDifferences {
  readonly count: number;
  /** The first ones, relative with `/`. */
  readonly paths: readonly string[];
}

/** What undoing the restore of a tree did. */
export interface UndoneTree {
  /** Changes that were gone through; 0: there was nothing to undo. */
  readonly changes: number;
  readonly warnings: readonly string[];
}

/** How the undoing is watched and stopped. */
export interface UndoOptions {
  readonly into: string;
  readonly run: string;
  /** The restore made the folder: it may be gone again. Otherwise a missing folder means that its disk is not there. */
  readonly made?: boolean;
  readonly windows?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** An undo that is foreseen. */
export interface ForeseenUndo extends Pick<UndoOptions, 'into' | 'run' | 'made'> {
  /** An undo has begun before. */
  readonly begun: boolean;
  /** The restore is known to have changed something. */
  readonly changed: boolean;
}

/** What restoring trees works with. */
export interface RestoreCollaborators {
  readonly clock: Clock;
  readonly workers: CopyWorkers;
  readonly syncFileSystem: VaultParts['syncFileSystem'];
}

/** Restores the folders of backup sets, and puts back what was there. */
export interface TreeRestore {
  /**
   * Makes a folder equal to a tree of a set. What is the same is not touched; what is not is moved aside first, and
   * written down. May be called again after it was cut off.
   *
   * @throws VerificationError when the set is damaged or leads out of its folders; PreflightError when the target holds the
   * vault; StepError naming the file; the signal's reason
   */
  restore(options: RestoreTreeOptions): Promise<RestoreResult>;
  /** Compares without changing anything; where times differ, contents decide. @throws as `restore` does */
  compare(options: RestoreTreeOptions): Promise<TreeDifferences>;
  /** Puts back what a restore of this run changed; again after it was cut off, until nothing is left. @throws StepError */
  undo(options: UndoOptions): Promise<UndoneTree>;
  /** What `undo` would fail with, or could not put back, as things stand; changes nothing. */
  foreseeUndo(options: ForeseenUndo): Promise<readonly ExpectedError[]>;
  /** Whether the folder is not there yet, or was made by a restore of this run. */
  isMade(into: string, run: string): Promise<boolean>;
  /** What is kept of a restore of this run so that it can be undone; undefined: nothing. Bytes. */
  kept(
    into: string,
    run: string,
    signal: AbortSignal,
  ): Promise<{ readonly folder: string; readonly files: number; readonly bytes: number } | undefined>;
  /** Removes it for good. May be called again. */
  discard(into: string, run: string, signal: AbortSignal): Promise<void>;
}
