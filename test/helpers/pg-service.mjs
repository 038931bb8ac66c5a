// What a service of a simulated node really is: a PostgreSQL server. `node pg-service.mjs start|stop PG_CTL FOLDER`.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

const [verb, program, folder] = process.argv.slice(2);
const data = join(folder, 'data');
const { uid, gid } = statSync(data);
const user = process.getuid() === 0 ? { uid, gid } : {};
const how = verb === 'start' ? ['-l', join(folder, 'postgres.log')] : ['-m', 'fast'];
const { status } = spawnSync(program, [verb, '-D', data, ...how, '-w', '-s', '-t', '60'], {
  ...user,
  cwd: folder,
  stdio: 'ignore',
});
process.exitCode = status ?? 1;
