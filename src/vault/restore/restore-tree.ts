import { resolve } from 'node:path';
import { StepError } from '../../contract/errors.ts';
import { bootIdentity, isSameBoot } from '../boot.ts';
import { excludedPaths } from '../exclusion.ts';
import { untilDoneOrStuck } from '../patience.ts';
import { createProgressCounter } from '../progress.ts';
import { createWorkerPool } from '../worker-pool.ts';
import { refuseOverlap } from './apart.ts';
import { readRecord, type RecordState } from './changes.ts';
import { flushChanges } from './flush-changes.ts';
import { keptFolders } from './own-names.ts';
import { withTarget } from './restore-error.ts';
import { createRestorePass } from './restore-pass.ts';
import { openSetTree } from './set-tree.ts';
import { sweepRoot } from './target-root.ts';
import type { RestoreCollaborators, RestoreResult, RestoreTreeOptions } from './tree-restore.ts';

/** See `TreeRestore.restore`. */
export async function restoreTree(
  options: RestoreTreeOptions,
  c: RestoreCollaborators,
): Promise<RestoreResult> {
  const began = c.clock.monotonic();
  const { set, tree, run, windows = process.platform === 'win32' } = options;
  const into = resolve(options.into);
  const kept = keptFolders(into, run);
  await refuseOverlap(into, [set, ...(options.apartFrom ?? [])]);
  const listing = await openSetTree(set, tree, windows, options.signal);
  const earlier = await withTarget(into, run, { placed: 0, moved: 0 }, async () => {
    await sweepRoot(kept);
    return readRecord(kept.record);
  });
  if (earlier?.discarded === true)
    throw new StepError(`What run ${run} moved aside in ${into} is being removed for good.`, {
      hint: `Finish that with \`sense-runbook cleanup ${run}\`, then restore with a new run.`,
    });
  const counter = createProgressCounter(c.clock, options.onProgress, {
    filesTotal: tree.files,
    bytesTotal: tree.bytes,
  });
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const pool = createWorkerPool({
    workers: c.workers,
    signal,
    onBytes: (bytes) => {
      counter.add(0, bytes);
    },
  });
  const pass = createRestorePass({
    options: { ...options, into },
    pool,
    counter,
    goesOn: earlier !== undefined,
    onFailure: (error) => {
      stop.abort(error);
    },
  });

  async function work(): Promise<void> {
    const steps = pool.compare({
      into,
      listing,
      leave: excludedPaths(options.leave ?? []),
      windows,
      heedReadOnly: true,
      read: options.compare === 'content' || !isTrusted(earlier) ? 'same-time' : 'none',
      ...(earlier === undefined ? {} : { kept: kept.files }),
    });
    for await (const batch of steps) for (const step of batch) await pass.take(step);
    await pass.finish();
    if (!pass.hasChanged() && isFlushed(earlier)) return;
    const record = await pass.record();
    if (!(await c.syncFileSystem(into, signal))) await flushChanges(pool, into, kept.record);
    await record.markDurable();
  }

  const { totals } = pass;
  try {
    await withTarget(into, run, totals, () => untilDoneOrStuck(work(), signal));
  } catch (error) {
    options.signal.throwIfAborted();
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    await pool.close();
    await pass.close();
  }
  counter.finish();
  return {
    files: totals.files,
    bytes: totals.bytes,
    filesPlaced: totals.placed,
    bytesPlaced: totals.bytesPlaced,
    moved: totals.moved,
    kept: totals.kept,
    durationMs: c.clock.monotonic() - began,
    recorded: earlier !== undefined || pass.hasChanged(),
    warnings: pass.warnings(),
  };
}

/** After the machine went down what an earlier attempt wrote may be gone, although sizes and times are right. */
function isTrusted(earlier: RecordState | undefined): boolean {
  return earlier?.unflushed.every((boot) => isSameBoot(boot, bootIdentity())) ?? true;
}

function isFlushed(earlier: RecordState | undefined): boolean {
  return earlier === undefined || earlier.unflushed.length === 0;
}
