// Loaded into the tool and its copy workers with `--import`: makes the file system misbehave for one file of the share,
// since permissions refuse nothing to root and no test can hit the moment between two system calls.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const ending = process.env.TEST_FAULT_FILE;
const fault = process.env.TEST_FAULT;

if (ending !== undefined) {
  const { openSync, readSync, appendFileSync, rmSync } = fs;
  const opened = new Map();

  fs.openSync = (path, flags, ...rest) => {
    const concerned = typeof path === 'string' && path.endsWith(ending) && typeof flags === 'number';
    if (concerned && fault === 'unreadable')
      throw Object.assign(new Error(`EACCES: permission denied, open '${path}'`), { code: 'EACCES', path });
    if (concerned && fault === 'vanishing') rmSync(path, { force: true });
    const descriptor = openSync(path, flags, ...rest);
    if (concerned) opened.set(descriptor, path);
    else opened.delete(descriptor);
    return descriptor;
  };
  fs.readSync = (descriptor, ...rest) => {
    const path = opened.get(descriptor);
    if (path !== undefined && fault === 'growing') appendFileSync(path, 'one line more\n');
    return readSync(descriptor, ...rest);
  };
  syncBuiltinESMExports();
}
