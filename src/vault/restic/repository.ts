import type { ExecResult } from '../../contract/node.ts';
import type { CommandOperation } from '../../contract/operation.ts';
import type { Fill } from '../../foundation/fill.ts';
import {
  backupCommand,
  backupFill,
  dumpCommand,
  forgetCommand,
  forgetFill,
  forgetOlderCommand,
  initCommand,
  pruneCommand,
  restoreCommand,
  snapshotsCommand,
  unlockCommand,
  versionCommand,
  type PlannedSet,
} from './commands.ts';
import { LockedRepositoryError, wordFailure } from './failure.ts';
import { parseSent, parseSnapshots, parseVersion, type Sent, type Snapshot } from './output.ts';
import type { RunProgram } from '../vault.ts';
import type { ResticTarget } from './target.ts';

const VERSION_LIMIT_MS = 30_000;
const LOOK_LIMIT_MS = 10 * 60_000;
/** A listing of ten thousand snapshots, and a manifest with its list of files, fit. */
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** Some files could not be read: restic made a snapshot of the others, and counting finds that out. */
const INCOMPLETE = 3;

interface Limits {
  readonly limitMs?: number;
  readonly cwd?: string;
  readonly okCodes?: readonly number[];
  readonly fill?: Fill;
}

/** The restic program and one repository. Everything throws what `wordFailure` words. */
export interface Repository {
  readonly target: ResticTarget;
  version(): Promise<string>;
  /** @throws MissingRepositoryError when there is none, and only then. */
  snapshots(): Promise<Snapshot[]>;
  init(): Promise<void>;
  /** Sends the folder `from`. */
  backup(set: PlannedSet, from: string, sequence: number, parent: string | undefined): Promise<Sent>;
  /** Text of one file of a set. */
  dump(set: PlannedSet, path: string): Promise<string>;
  restore(set: PlannedSet): Promise<void>;
  forgetOlder(set: PlannedSet): Promise<void>;
  forget(snapshot: Pick<Snapshot, 'set' | 'snapshot'>): Promise<void>;
  prune(): Promise<void>;
}

/** Makes one; `cacheFolder` is restic's own cache. A lock that was left behind is removed once, then it tries again. */
export function createRepository(target: ResticTarget, run: RunProgram, cacheFolder: string): Repository {
  async function attempt(operation: CommandOperation, options: Limits): Promise<ExecResult> {
    const env = {
      // What this account has set for its own use of restic must not decide which password is taken.
      RESTIC_PASSWORD_FILE: '',
      RESTIC_PASSWORD_COMMAND: '',
      RESTIC_REPOSITORY_FILE: '',
      RESTIC_CACHE_DIR: cacheFolder,
      ...(await target.environment()),
    };
    const { limitMs = target.timeoutMs, ...rest } = options;
    try {
      return await run(operation, {
        env,
        timeoutMs: Math.min(limitMs, target.timeoutMs),
        maxOutputBytes: OUTPUT_BYTES,
        ...rest,
      });
    } catch (error) {
      throw wordFailure(target, error);
    }
  }

  async function restic(operation: CommandOperation, options: Limits = {}): Promise<string> {
    try {
      return (await attempt(operation, options)).stdout;
    } catch (error) {
      if (!(error instanceof LockedRepositoryError)) throw error;
      await attempt(unlockCommand(target), { limitMs: LOOK_LIMIT_MS });
      return (await attempt(operation, options)).stdout;
    }
  }

  return {
    target,
    async version() {
      try {
        return parseVersion((await run(versionCommand(target), { timeoutMs: VERSION_LIMIT_MS })).stdout);
      } catch (error) {
        throw wordFailure(target, error);
      }
    },
    async snapshots() {
      return parseSnapshots(await restic(snapshotsCommand(target), { limitMs: LOOK_LIMIT_MS }));
    },
    async init() {
      await restic(initCommand(target), { limitMs: LOOK_LIMIT_MS });
    },
    async backup(set, from, sequence, parent) {
      const fill = { ...set.fill, ...backupFill(sequence, parent) };
      return parseSent(
        await restic(backupCommand(target, set), { cwd: from, okCodes: [0, INCOMPLETE], fill }),
      );
    },
    dump: (set, path) =>
      restic(dumpCommand(target, set.set, path), { limitMs: LOOK_LIMIT_MS, ...filled(set) }),
    async restore(set) {
      await restic(restoreCommand(target, set.set, set.folder), filled(set));
    },
    async forgetOlder(set) {
      await restic(forgetOlderCommand(target, set.set), filled(set));
    },
    async forget(snapshot) {
      await restic(forgetCommand(target, snapshot.set), { fill: forgetFill(snapshot) });
    },
    async prune() {
      await restic(pruneCommand(target));
    },
  };
}

function filled({ fill }: PlannedSet): Pick<Limits, 'fill'> {
  return fill === undefined ? {} : { fill };
}
