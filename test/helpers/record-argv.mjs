// Loaded into the tool with `--import`: writes the argument list of every process it starts, one JSON line each, into a file.
import cp from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const file = process.env.TEST_ARGV_FILE;

if (file !== undefined) {
  for (const name of ['spawn', 'spawnSync', 'execFile', 'execFileSync', 'fork']) {
    const start = cp[name];
    cp[name] = (program, ...rest) => {
      const argv = [program, ...(Array.isArray(rest[0]) ? rest[0] : [])];
      fs.appendFileSync(file, `${JSON.stringify(argv)}\n`);
      return start(program, ...rest);
    };
  }
  syncBuiltinESMExports();
}
