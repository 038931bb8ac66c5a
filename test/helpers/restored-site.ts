import { afterAll, beforeAll } from 'vitest';
import type { LabSite, ToolResult } from './lab.ts';

/** Approves what a restore and its rollback destroy. */
export const APPROVED = ['--approve', 'destroy=demo'];

/** A site on which a restore is made and put back, over and over. */
export interface RestoredSite {
  readonly site: Pick<LabSite, 'run' | 'state'>;
  /** The restore, as typed, with its approval. */
  readonly restore: readonly string[];
  /** Whether all is as it was before the restore, and nothing is left of it. */
  readonly expectBefore: (words: string) => Promise<void>;
  /** Whether it is the restored site, and runs. */
  readonly expectRestored: (words: string) => Promise<void>;
  /** Whether nothing runs of a site that is neither the one before nor the restored one. */
  readonly expectQuiet: (words: string) => Promise<void>;
  /** Whether the rollback said what it could not put back. */
  readonly expectSaid?: (rolledBack: ToolResult, words: string) => void;
  readonly close: () => Promise<void>;
}

/** A restored site for the tests of a `describe`. */
export function useRestoredSite<Site extends RestoredSite>(open: () => Promise<Site>): () => Site {
  let restored: Site;
  beforeAll(async () => {
    restored = await open();
  });
  afterAll(async () => {
    await restored.close();
  });
  return () => restored;
}
