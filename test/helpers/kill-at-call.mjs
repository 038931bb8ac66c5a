// Loaded with `--import`: ends the process with SIGKILL just before one of the calls that change files, counted in the
// main thread or in a worker.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const thread = process.env.TEST_KILL_THREAD;
let left = Number(process.env.TEST_KILL_CALLS ?? Infinity);

function count() {
  left -= 1;
  if (left >= 0) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal may take a moment; nothing may happen in it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function watch(object, names, isChange = () => true) {
  for (const name of names) {
    const call = object[name];
    object[name] = function (...words) {
      if (isChange(words)) count();
      return call.apply(this, words);
    };
  }
}

if (thread === 'worker' && !isMainThread) {
  watch(fs, ['futimesSync', 'mkdirSync', 'renameSync', 'rmSync', 'rmdirSync', 'writeSync']);
  // To read, the workers open with numbers.
  watch(fs, ['openSync'], ([, flags]) => typeof flags === 'string' && flags !== 'r');
  syncBuiltinESMExports();
}
if (thread === 'main' && isMainThread) {
  const handle = await fs.promises.open(new URL(import.meta.url), 'r');
  watch(Object.getPrototypeOf(handle), ['writeFile', 'datasync', 'sync']);
  await handle.close();
  watch(fs.promises, ['mkdir', 'rename', 'rm', 'rmdir', 'truncate']);
  watch(fs.promises, ['open'], ([, flags]) => flags !== 'r');
  syncBuiltinESMExports();
}
