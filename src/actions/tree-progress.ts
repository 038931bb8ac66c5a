import type { Progress } from '../contract/action.ts';

/** Progress of one tree on top of the trees that are done. */
export function progressAfter(
  progress: Progress,
  done: readonly { readonly files: number; readonly bytes: number }[],
): Progress {
  if (done.length === 0) return progress;
  const files = done.reduce((sum, result) => sum + result.files, 0);
  const bytes = done.reduce((sum, result) => sum + result.bytes, 0);
  return {
    ...progress,
    ...(progress.filesDone === undefined ? {} : { filesDone: progress.filesDone + files }),
    ...(progress.filesTotal === undefined ? {} : { filesTotal: progress.filesTotal + files }),
    ...(progress.bytesDone === undefined ? {} : { bytesDone: progress.bytesDone + bytes }),
    ...(progress.bytesTotal === undefined ? {} : { bytesTotal: progress.bytesTotal + bytes }),
  };
}
