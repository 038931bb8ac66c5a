import { resolve } from 'node:path';
import { excludedPaths } from '../exclusion.ts';
import { untilDoneOrStuck } from '../patience.ts';
import { createProgressCounter } from '../progress.ts';
import type { FileEntry } from '../vault.ts';
import { createWorkerPool } from '../worker-pool.ts';
import type { CompareStep } from './compare-tree.ts';
import { withTarget } from './restore-error.ts';
import { openSetTree } from './set-tree.ts';
import type { RestoreCollaborators, RestoreTreeOptions, TreeDifferences } from './tree-restore.ts';

const NAMED = 20;
const BATCH = 64;

/** See `TreeRestore.compare`. */
export async function compareWithSet(
  options: RestoreTreeOptions,
  c: RestoreCollaborators,
): Promise<TreeDifferences> {
  const { set, tree, run, signal, windows = process.platform === 'win32' } = options;
  const into = resolve(options.into);
  const listing = await openSetTree(set, tree, windows, signal);
  const counter = createProgressCounter(c.clock, options.onProgress, {
    filesTotal: tree.files,
    bytesTotal: tree.bytes,
  });
  const pool = createWorkerPool({ workers: c.workers, signal });
  const found = { count: 0, paths: [] as string[] };
  let reads: FileEntry[] = [];

  function differs(path: string): void {
    found.count += 1;
    if (found.paths.length < NAMED) found.paths.push(path);
  }

  async function readAll(): Promise<void> {
    const entries = reads;
    reads = [];
    const outcomes = await pool.hash(
      into,
      entries.map(({ path }) => path),
    );
    for (const [index, entry] of entries.entries()) {
      const outcome = outcomes[index];
      if (outcome?.status !== 'hashed' || outcome.sha256 !== entry.sha256) differs(entry.path);
      counter.add(1, entry.size);
    }
  }

  function take(step: CompareStep): void {
    switch (step.kind) {
      case 'same':
        counter.add(step.files, step.bytes);
        return;
      case 'read':
        reads.push(step.entry);
        return;
      case 'place':
        differs(step.entry.path);
        return;
      case 'folder':
        differs(`${step.path}/`);
        return;
      case 'extra':
        if (options.extra === 'move') differs(step.path);
        return;
      case 'bad-name':
      case 'link':
        return;
      case 'in-the-way':
      case 'unreadable':
        differs(step.path);
    }
  }

  async function work(): Promise<void> {
    const steps = pool.compare({
      into,
      listing,
      leave: excludedPaths(options.leave ?? []),
      windows,
      read: options.compare === 'content' ? 'same-size' : 'other-time',
    });
    for await (const batch of steps)
      for (const step of batch) {
        take(step);
        if (reads.length >= BATCH) await readAll();
      }
    if (reads.length > 0) await readAll();
  }

  try {
    await withTarget(into, run, { placed: 0, moved: 0 }, () => untilDoneOrStuck(work(), signal));
  } finally {
    await pool.close();
  }
  counter.finish();
  return found;
}
