// Loaded into the tool with `--import`: ends the process with SIGKILL while it removes a backup set, when half of what
// is in it is gone. No delay of a test could tell when that is.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';

let left = Number(process.env.TEST_KILL_IN_REMOVAL ?? 0);
if (left > 0) {
  const { rm } = fs.promises;
  fs.promises.rm = async (path, options) => {
    if (basename(String(path)).startsWith('.deleting-') && fs.existsSync(path)) {
      left -= 1;
      if (left === 0) {
        removeHalf(path);
        process.kill(process.pid, 'SIGKILL');
        // The signal may take a moment; nothing may happen in it.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      }
    }
    return rm(path, options);
  };
  syncBuiltinESMExports();
}

function removeHalf(folder) {
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => fs.statSync(path).isFile());
  for (const path of files.slice(0, files.length / 2)) fs.rmSync(path);
}
