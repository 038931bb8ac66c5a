import nodeFs from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { runCopyTask, type CopyCollaborators } from './copy-task.ts';
import { BLOCK_BYTES, CancelledError, flushFiles, hashFile } from './file-tasks.ts';
import { compareTree, type CompareStep } from './restore/compare-tree.ts';
import { putBack } from './restore/put-back.ts';
import { runRestoreTasks } from './restore/restore-task.ts';
import { scan } from './scan.ts';
import { realPath } from './set-names.ts';
import type { ScanStep, WorkerEnd, WorkerMessage, WorkerOrder, WorkerRequest } from './worker-protocol.ts';

// The entry of a worker thread: one order after the other, with synchronous calls (they were measured as fastest).
const TELL_BYTES = 16 * 1024 * 1024;
/** A scan may be so many messages ahead of the one who takes them. */
const AHEAD = 4;
const LOOK_AGAIN_MS = 200;
const windows = process.platform === 'win32';
const buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);

parentPort?.on('message', (order: WorkerOrder) => {
  let untold = 0;
  const cancel = new Int32Array(order.cancel);
  const end = endOf(order.request, {
    files: nodeFs,
    buffer,
    temporary: order.temporary ?? '',
    isCancelled: () => Atomics.load(cancel, 0) !== 0,
    onBytes(bytes) {
      untold += bytes;
      if (untold < TELL_BYTES) return;
      say({ type: 'bytes', bytes: untold });
      untold = 0;
    },
  });
  // Each message wakes the other side, which costs more than a small file.
  say({ type: 'ended', end, bytes: untold });
});

function endOf(request: WorkerRequest, collaborators: Omit<CopyCollaborators, 'windows'>): WorkerEnd {
  try {
    return { type: 'done', outcomes: work(request, collaborators) };
  } catch (error) {
    if (error instanceof CancelledError) return { type: 'cancelled' };
    const { code, path, message } = error as NodeJS.ErrnoException;
    if ((request.kind === 'scan' || request.kind === 'compare') && code !== undefined && path !== undefined)
      return { type: 'unreadable', code, path, message };
    return { type: 'crashed', message: error instanceof Error ? (error.stack ?? message) : String(error) };
  }
}

function work(
  request: WorkerRequest,
  collaborators: Omit<CopyCollaborators, 'windows'>,
): Extract<WorkerEnd, { type: 'done' }>['outcomes'] {
  const stopWhenCancelled = (): void => {
    if (collaborators.isCancelled()) throw new CancelledError();
  };
  switch (request.kind) {
    case 'flush':
      return flushFiles(request.folder, request.paths, collaborators);
    case 'hash':
      return request.paths.map((path) => {
        stopWhenCancelled();
        return hashFile(realPath(request.folder, path), collaborators);
      });
    case 'copy':
      return request.tasks.map((task) => {
        stopWhenCancelled();
        return runCopyTask(request.job, task, { ...collaborators, windows });
      });
    case 'restore':
      return runRestoreTasks(request.job, request.tasks, { ...collaborators, windows });
    case 'put-back':
      return putBack(request.job, request.changes, { ...collaborators, windows });
    case 'scan':
      scan(request, { ...collaborators, onSteps: createSender(request.taken, stopWhenCancelled) });
      return [];
    case 'compare':
      compareTree(request, { ...collaborators, onSteps: createSender(request.taken, stopWhenCancelled) });
      return [];
  }
}

/** Says steps, and waits while too many of them are not taken yet. */
function createSender(
  shared: SharedArrayBuffer,
  stopWhenCancelled: () => void,
): (steps: readonly ScanStep[] | readonly CompareStep[]) => void {
  const taken = new Int32Array(shared);
  let told = 0;
  return (steps) => {
    for (let seen = Atomics.load(taken, 0); told - seen >= AHEAD; seen = Atomics.load(taken, 0)) {
      stopWhenCancelled();
      Atomics.wait(taken, 0, seen, LOOK_AGAIN_MS);
    }
    told += 1;
    say({ type: 'scanned', steps });
  };
}

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}
