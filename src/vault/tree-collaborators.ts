import type { Clock } from '../foundation/clock.ts';

/** A folder of another set, with its listing, whose unchanged files are linked. */
export interface LinkableTree {
  readonly folder: string;
  readonly listing: string;
  readonly trusted: boolean;
  /** The other set is complete: a link into it adds nothing to the vault. */
  readonly complete: boolean;
}

/** What copying a tree needs to know. */
export interface TreeCollaborators {
  readonly set: string;
  /** The vault's own folder; left out when it lies in the source. */
  readonly vaultRoot: string;
  readonly workerFile: URL;
  readonly workers: number;
  readonly clock: Clock;
  /** The machine was not restarted since this set was begun. */
  readonly sameBoot: boolean;
  /** The best earlier copy of this tree in another set. */
  readonly findLinkable: (to: string) => Promise<LinkableTree | undefined>;
}
