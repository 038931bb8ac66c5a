import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { read, runShown } from './run.mjs';
import { SetupError } from './setup-error.mjs';

const OLDEST_MAJOR = 12;
const PROGRAMS = ['postgres', 'initdb', 'pg_ctl', 'psql', 'pg_dump', 'pg_dumpall', 'pg_restore'];
const APT_ARGS = ['install', '-y', '--no-install-recommends', 'postgresql'];

const HERE = { find: findPostgres, findApt: aptPrefix, run: runShown };

/**
 * Sees to it that the server and client programs of a PostgreSQL are here; installs them where apt-get can be used. Throws
 * SetupError with exit code 2 and the command for this platform when they are not here in the end.
 */
export function providePostgres({ find, findApt, run } = HERE) {
  if (find() !== undefined) return;
  const advice = adviceFor(process.platform, osRelease());
  const prefix = findApt();
  if (prefix === undefined) throw new SetupError(advice);
  console.log(`setup: no PostgreSQL ${OLDEST_MAJOR} or newer here, installing Debian's package "postgresql"`);
  // By env, since sudo hands on no variables.
  const [program, ...before] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  try {
    run(program, [...before, 'update']);
    run(program, [...before, ...APT_ARGS]);
  } catch (error) {
    throw new SetupError(`${error.message}\n${advice}`, 2, { cause: error });
  }
  if (find() === undefined) throw new SetupError(advice);
}

/** The folder that holds every program of the newest suitable PostgreSQL on this machine, or undefined. */
export function findPostgres(folders = candidateFolders()) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const complete = folders.filter((folder) =>
    PROGRAMS.every((name) => existsSync(path.join(folder, name + suffix))),
  );
  return complete.find((folder) => {
    const version = /\(PostgreSQL\) (\d+)/.exec(
      read(path.join(folder, `postgres${suffix}`), ['--version']) ?? '',
    );
    return version !== null && Number(version[1]) >= OLDEST_MAJOR;
  });
}

/** Folders of PATH, then where Debian, Red Hat, Homebrew and EnterpriseDB install, newest version first. */
function candidateFolders() {
  const onPath = (process.env.PATH ?? process.env.Path ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '');
  return [
    ...onPath,
    ...versionsIn('/usr/lib/postgresql'),
    ...versionsIn('/usr', 'pgsql-'),
    ...versionsIn('/opt/homebrew/opt', 'postgresql'),
    ...versionsIn('/usr/local/opt', 'postgresql'),
    ...versionsIn('/Library/PostgreSQL'),
    ...versionsIn(path.join(process.env.ProgramFiles ?? 'C:\\Program Files', 'PostgreSQL')),
  ];
}

function versionsIn(parent, prefix = '') {
  let names;
  try {
    names = readdirSync(parent);
  } catch {
    return [];
  }
  const number = (name) => Number(/\d+/.exec(name.slice(prefix.length))?.[0] ?? 0);
  return names
    .filter((name) => name.startsWith(prefix))
    .sort((a, b) => number(b) - number(a))
    .map((name) => path.join(parent, name, 'bin'));
}

/** The words before `apt-get`, or undefined where it cannot be used without asking for a password. */
export function aptPrefix() {
  if (process.platform !== 'linux' || read('apt-get', ['--version']) === undefined) return undefined;
  if (process.getuid?.() === 0) return [];
  return read('sudo', ['-n', 'true']) === undefined ? undefined : ['sudo', '-n'];
}

function osRelease() {
  return existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
}

/** What to type on this platform. */
export function adviceFor(platform, release) {
  const family = (/^ID=.*$/m.exec(release)?.[0] ?? '') + (/^ID_LIKE=.*$/m.exec(release)?.[0] ?? '');
  const command =
    platform === 'win32'
      ? 'winget install --exact --id PostgreSQL.PostgreSQL.16'
      : platform === 'darwin'
        ? 'brew install postgresql@16'
        : /debian|ubuntu/.test(family)
          ? 'sudo apt-get update && sudo apt-get install -y postgresql'
          : /fedora|rhel|centos/.test(family)
            ? 'sudo dnf install -y postgresql-server postgresql'
            : "your system's package manager: server and client programs";
  return [
    `the server and client programs of PostgreSQL ${OLDEST_MAJOR} or newer were not found on PATH or in the usual folders.`,
    `Install them, then run the command again:`,
    `  ${command}`,
  ].join('\n');
}
