// Loaded into the tool with `--import`: ends the process with SIGKILL just before it does one thing with one file, for
// commands that keep no journal whose lines kill-at.mjs could wait for.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const call = process.env.TEST_KILL_CALL;
const ending = process.env.TEST_KILL_FILE;

if (call !== undefined && ending !== undefined) {
  const original = fs.promises[call];
  fs.promises[call] = (...words) => {
    // The last path is where a rename leads to.
    const path = words.findLast((word) => typeof word === 'string' && word.includes('/'));
    if (path?.endsWith(ending) === true) {
      process.kill(process.pid, 'SIGKILL');
      // The signal may take a moment; nothing may happen in it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
    return original(...words);
  };
  syncBuiltinESMExports();
}
