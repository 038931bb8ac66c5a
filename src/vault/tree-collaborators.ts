import type { Clock } from '../foundation/clock.ts';
import type { CopyWorkers } from './copy-workers.ts';
import type { KnownDamage } from './known-damage.ts';
import type { ProgressTotals } from './progress.ts';

/** An earlier copy of the same folder, with its listing, whose unchanged files are kept or linked. */
export interface LinkableTree {
  readonly folder: string;
  readonly listing: string;
  /** `false`: its files are hashed before they are used. */
  readonly trusted: boolean;
  /** Its set is complete: a link into it adds nothing to the vault. */
  readonly complete: boolean;
  /** Of the set the folder lies in. */
  readonly damage: KnownDamage;
}

/** What earlier sets have of one tree. */
export interface EarlierCopies {
  /** The best first: what the first does not have is looked for in the next. */
  readonly trees: readonly LinkableTree[];
  /** What somebody should know, such as a damaged set that is passed over. */
  readonly warnings: readonly string[];
}

/** What copying a tree needs to know. */
export interface TreeCollaborators {
  readonly set: string;
  /** The vault's own folder; left out when it lies in the source. */
  readonly vaultRoot: string;
  readonly workers: CopyWorkers;
  readonly clock: Clock;
  /** The machine was not restarted since this set was begun. */
  readonly sameBoot: boolean;
  /** Copies of this tree in other sets. */
  readonly findEarlier: (to: string) => Promise<EarlierCopies>;
  /** How large the tree was in the set before. */
  readonly previousTotals: (to: string) => Promise<ProgressTotals>;
}
