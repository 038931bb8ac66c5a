import nodeFs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { runCopyTask, type CopyCollaborators } from './copy-task.ts';
import { BLOCK_BYTES, CancelledError, flushFiles, hashFile } from './file-tasks.ts';
import { realPath } from './set-names.ts';
import type { WorkerMessage, WorkerRequest, WorkerStart } from './worker-protocol.ts';

// The entry of a worker thread: one request after the other, with synchronous calls (they were measured as fastest).
const start = workerData as WorkerStart;
const cancel = new Int32Array(start.cancel);
const TELL_BYTES = 16 * 1024 * 1024;
let untold = 0;

const collaborators: CopyCollaborators = {
  files: nodeFs,
  buffer: Buffer.allocUnsafeSlow(BLOCK_BYTES),
  temporary: start.temporary ?? '',
  isCancelled: () => Atomics.load(cancel, 0) !== 0,
  onBytes(bytes) {
    untold += bytes;
    if (untold >= TELL_BYTES) tellBytes();
  },
};

parentPort?.on('message', (request: WorkerRequest) => {
  let answer: WorkerMessage;
  try {
    answer = { type: 'done', outcomes: work(request) };
  } catch (error) {
    answer =
      error instanceof CancelledError
        ? { type: 'cancelled' }
        : {
            type: 'crashed',
            message: error instanceof Error ? (error.stack ?? error.message) : String(error),
          };
  }
  tellBytes();
  say(answer);
});

function work(request: WorkerRequest): Extract<WorkerMessage, { type: 'done' }>['outcomes'] {
  if (request.kind === 'flush') return flushFiles(request.folder, request.paths, collaborators);
  if (request.kind === 'hash')
    return request.paths.map((path) => {
      stopWhenCancelled();
      return hashFile(realPath(request.folder, path), collaborators);
    });
  return request.tasks.map((task) => {
    stopWhenCancelled();
    return runCopyTask(request.job, task, collaborators);
  });
}

function stopWhenCancelled(): void {
  if (collaborators.isCancelled()) throw new CancelledError();
}

function tellBytes(): void {
  if (untold > 0) say({ type: 'bytes', bytes: untold });
  untold = 0;
}

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}
