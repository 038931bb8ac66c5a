// Loaded into the tool with `--import`: ends the process with SIGKILL just before it does one thing with one file, for
// what keeps no journal whose lines kill-at.mjs could wait for. Or sends it another signal there, once, and goes on.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const call = process.env.TEST_KILL_CALL;
const pattern = process.env.TEST_KILL_FILE;
const signal = process.env.TEST_KILL_SIGNAL ?? 'SIGKILL';

if (call !== undefined && pattern !== undefined) {
  const file = new RegExp(`${pattern}$`);
  const again = process.env.TEST_KILL_AGAIN_MS;
  const original = fs.promises[call];
  let sent = false;
  fs.promises[call] = (...words) => {
    // The last path is where a rename leads to.
    const path = words.findLast((word) => typeof word === 'string' && word.includes('/'));
    if (!sent && path !== undefined && file.test(path)) {
      sent = true;
      process.kill(process.pid, signal);
      // The signal may take a moment; nothing may happen in it.
      if (signal === 'SIGKILL') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      if (again !== undefined) setTimeout(() => process.kill(process.pid, signal), Number(again));
    }
    return original(...words);
  };
  syncBuiltinESMExports();
}
