import type { Progress } from '../contract/action.ts';
import { formatBytes, formatCount, formatDuration } from '../foundation/human.ts';

/** Speed is measured over the newest samples of this many milliseconds. */
const WINDOW_MS = 10_000;

/** Below this many milliseconds of samples a speed says nothing. */
const MIN_WINDOW_MS = 500;

interface Sample {
  readonly at: number;
  readonly bytes: number;
  readonly files: number;
}

/** Turns the progress of one step into words: done, of how much, speed and time left. */
export interface ProgressMeter {
  /** `at`: monotonic milliseconds. Gives text such as `1.2 GB of 4.0 GB (30%), 310 files, 80.0 MB/s, 35 s left`. */
  update(progress: Progress, at: number): string;
}

/** Makes the meter of one step. */
export function createProgressMeter(): ProgressMeter {
  let samples: Sample[] = [];
  return {
    update(progress, at) {
      const sample = { at, bytes: progress.bytesDone ?? 0, files: progress.filesDone ?? 0 };
      const newest = samples.at(-1);
      // Progress that goes backwards is a new attempt or a new pass: measured anew.
      if (newest !== undefined && (sample.bytes < newest.bytes || sample.files < newest.files)) samples = [];
      samples = [...samples.filter((old) => at - old.at <= WINDOW_MS), sample];
      return [...doneParts(progress), ...speedParts(progress, samples)].join(', ');
    },
  };
}

function doneParts(progress: Progress): string[] {
  const parts: string[] = [];
  if (progress.text !== undefined && progress.text !== '') parts.push(progress.text);
  if (progress.bytesDone !== undefined) {
    const { bytesDone, bytesTotal } = progress;
    const total =
      bytesTotal === undefined ? '' : ` of ${formatBytes(bytesTotal)}${percent(bytesDone, bytesTotal)}`;
    parts.push(formatBytes(bytesDone) + total);
  }
  if (progress.filesDone !== undefined) {
    const done = formatCount(progress.filesDone, 'file');
    parts.push(
      progress.filesTotal === undefined
        ? done
        : `${done.replace(/ files?$/, '')} of ${formatCount(progress.filesTotal, 'file')}`,
    );
  }
  return parts;
}

/** Rounded down: 100% is said when all is done, not before. */
function percent(done: number, total: number): string {
  return total > 0 ? ` (${String(Math.floor((done / total) * 100))}%)` : '';
}

function speedParts(progress: Progress, samples: readonly Sample[]): string[] {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < MIN_WINDOW_MS) return [];
  const seconds = (last.at - first.at) / 1000;
  const bytesPerSecond = (last.bytes - first.bytes) / seconds;
  const filesPerSecond = (last.files - first.files) / seconds;
  const parts: string[] = [];
  if (bytesPerSecond > 0) parts.push(`${formatBytes(bytesPerSecond)}/s`);
  const left =
    secondsLeft(progress.bytesTotal, last.bytes, bytesPerSecond) ??
    secondsLeft(progress.filesTotal, last.files, filesPerSecond);
  if (left !== undefined) parts.push(`${formatDuration(left * 1000)} left`);
  return parts;
}

function secondsLeft(total: number | undefined, done: number, perSecond: number): number | undefined {
  if (total === undefined || perSecond <= 0 || done >= total) return undefined;
  return (total - done) / perSecond;
}
