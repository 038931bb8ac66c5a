import type { Progress } from '../contract/action.ts';
import type { Clock } from '../foundation/clock.ts';
import type { CopyWorkers } from './copy-workers.ts';
import type { Sample } from './sample.ts';

/** What the parts of the folder vault share. */
export interface VaultParts {
  /** The site's folder in the vault. */
  readonly root: string;
  readonly clock: Clock;
  readonly workers: CopyWorkers;
  /** Highest sequence number of sets that are not in this folder any more. */
  readonly sequenceElsewhere?: () => Promise<number>;
  readonly redact: (text: string) => string;
  /** Flushes a whole file system; false: it cannot, every new file is flushed by itself. */
  readonly syncFileSystem: (folder: string, signal: AbortSignal) => Promise<boolean>;
}

/** How a long piece of work is watched and stopped. */
export interface WorkHooks {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** How a verification is watched, stopped and kept short. */
export interface VerifyHooks extends WorkHooks {
  /** Absent: every file is read. */
  readonly sample?: Sample;
}
