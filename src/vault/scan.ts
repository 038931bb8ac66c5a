import { createHash, type Hash } from 'node:crypto';
import { mergeSorted } from '../foundation/merge.ts';
import { comparePaths } from '../foundation/path-order.ts';
import { reuseFile, type CopyCollaborators } from './copy-task.ts';
import { readEarlier, type Earlier } from './earlier.ts';
import { isExcluded } from './exclusion.ts';
import { CancelledError } from './file-tasks.ts';
import { entryOf, formatEntry } from './listing.ts';
import { isOwnName } from './restore/own-names.ts';
import { walkTree, type WalkItem } from './walk.ts';
import type { CopyJob, EarlierFile, ScanRequest, ScanStep } from './worker-protocol.ts';

/** Items told at a time. */
const BATCH = 256;

/** What a scan works with. */
export type ScanCollaborators = Omit<CopyCollaborators, 'temporary' | 'windows'> & {
  /** Takes the steps of one batch; may wait. */
  readonly onSteps: (steps: readonly ScanStep[]) => void;
};

/**
 * Does a scan: tells every pair of walk and listings in order, and uses at once what is to be used again.
 *
 * @throws CancelledError when it is given up; the file system's error, with `path`, when the folder or a listing cannot be
 * read
 */
export function scan(request: ScanRequest, collaborators: ScanCollaborators): void {
  const teller = createTeller(collaborators.onSteps);
  const hashes: Hash[] = [];
  const earlier = readEarlier(request.listings, request.toSet, (index) => {
    const withLines = request.reuse !== undefined;
    if (!request.judgeListings) return { withLines };
    const hash = createHash('sha256');
    hashes[index] = hash;
    return {
      withLines,
      onChunk: (chunk) => hash.update(chunk),
      onTrouble: ({ message }) => {
        teller.tell({ kind: 'listing-trouble', message });
      },
    };
  });
  for (const { left: item, right: found } of mergeSorted(walk(request, collaborators), earlier, byPath)) {
    if (collaborators.isCancelled()) throw new CancelledError();
    const used =
      item?.kind === 'file' && found !== undefined && request.reuse !== undefined
        ? use(request.reuse, found, collaborators)
        : undefined;
    if (used !== undefined) teller.reused(found?.path ?? '', used);
    else
      teller.tell({
        kind: 'pair',
        ...(item === undefined ? {} : { item }),
        ...(found === undefined ? {} : { earlier: found }),
      });
  }
  for (const hash of hashes) teller.tell({ kind: 'listing-hash', sha256: hash.digest('hex') });
  teller.flush();
}

function walk(
  { folder, exclude, leaveOutKept, mayBeMissing }: ScanRequest,
  { files }: ScanCollaborators,
): Iterable<WalkItem> {
  if (mayBeMissing && files.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const isKept = (path: string): boolean =>
    leaveOutKept === true && isOwnName(path.slice(path.lastIndexOf('/') + 1));
  return walkTree(folder, { exclude: (path) => isKept(path) || isExcluded(exclude, path) });
}

/** What is not trusted has to be hashed, and an error has to be told: that is left to those who copy. */
function use(
  job: CopyJob,
  { path, versions }: Earlier,
  collaborators: ScanCollaborators,
): UsedFile | undefined {
  if (!versions.every(({ source }) => job.sources[source]?.trusted === true)) return undefined;
  try {
    const outcome = reuseFile(job, path, versions, collaborators);
    if (outcome === undefined || !('status' in outcome)) return undefined;
    if (outcome.status !== 'kept' && outcome.status !== 'linked') return undefined;
    const version = versions[outcome.version];
    const { status, readOnly } = outcome;
    return version === undefined ? undefined : { version, linked: status === 'linked', readOnly };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return undefined;
  }
}

/** An earlier copy that was kept or linked, and whether the file is read-only now. */
interface UsedFile {
  readonly version: EarlierFile;
  readonly linked: boolean;
  readonly readOnly: true | undefined;
}

interface Teller {
  tell(step: ScanStep): void;
  reused(path: string, used: UsedFile): void;
  flush(): void;
}

function createTeller(onSteps: ScanCollaborators['onSteps']): Teller {
  let steps: ScanStep[] = [];
  let items = 0;
  let run = { lines: '', files: 0, bytes: 0, linked: 0 };

  function endRun(): void {
    if (run.files > 0) steps.push({ kind: 'reused', ...run });
    run = { lines: '', files: 0, bytes: 0, linked: 0 };
  }
  function flush(): void {
    endRun();
    if (steps.length > 0) onSteps(steps);
    steps = [];
    items = 0;
  }
  function count(): void {
    items += 1;
    if (items >= BATCH) flush();
  }
  return {
    flush,
    tell(step) {
      endRun();
      steps.push(step);
      count();
    },
    reused(path, { version, linked, readOnly }) {
      const line = version.readOnly === readOnly ? version.line : undefined;
      run.lines += `${line ?? formatEntry(entryOf(path, { ...version, readOnly }))}\n`;
      run.files += 1;
      run.bytes += version.size;
      if (linked) run.linked += 1;
      count();
    },
  };
}

function byPath(item: WalkItem, earlier: Earlier): number {
  return comparePaths(item.path, earlier.path);
}
