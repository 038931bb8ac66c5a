import { readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../helpers/temporary.ts';

interface PostgresScript {
  findPostgres: (folders: string[]) => string | undefined;
  adviceFor: (platform: string, release: string) => string;
  providePostgres: (how: {
    find: () => string | undefined;
    findApt: () => string[] | undefined;
    run: (program: string, args: string[]) => void;
  }) => void;
}
interface ErrorScript {
  SetupError: new (message: string, exitCode?: number) => Error & { exitCode: number };
}
interface StepsScript {
  stepsFor: (flags: string[]) => { name: string }[];
}
interface BundleScript {
  bundleIsStale: (clone: string) => boolean;
}
interface PackagesScript {
  checkNodeVersion: (version: string) => void;
}

const clone = path.resolve(import.meta.dirname, '../../..');
const scripts = path.join(clone, 'scripts', 'setup');
async function load<Script>(name: string): Promise<Script> {
  return (await import(pathToFileURL(path.join(scripts, name)).href)) as Script;
}

const folders: string[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** A folder with programs that print a version as PostgreSQL's do. */
async function programs(version: string, names: readonly string[]): Promise<string> {
  const folder = path.join(await mkdtemp(path.join(tmpdir(), 'setup-')), 'bin ü');
  folders.push(path.dirname(folder));
  await mkdir(folder);
  for (const name of names) {
    const file = path.join(folder, name);
    await writeFile(file, `#!/bin/sh\necho "${name} (PostgreSQL) ${version}"\n`);
    await chmod(file, 0o755);
  }
  return folder;
}

const CLIENTS = ['psql', 'pg_dump', 'pg_dumpall', 'pg_restore'];
const ALL = ['postgres', 'initdb', 'pg_ctl', ...CLIENTS];

describe('set-up', () => {
  it.skipIf(process.platform === 'win32')(
    'takes the first folder with every program of 12 or newer',
    async () => {
      const { findPostgres } = await load<PostgresScript>('postgres.mjs');
      const clientsOnly = await programs('16.4', CLIENTS);
      const old = await programs('11.22', ALL);
      const good = await programs('12.22 (Debian 12.22-1)', ALL);
      expect(findPostgres([clientsOnly, old, good])).toBe(good);
      expect(findPostgres([clientsOnly, old])).toBeUndefined();
    },
  );

  it.each([
    ['win32', '', 'winget install'],
    ['darwin', '', 'brew install postgresql@16'],
    [
      'linux',
      'NAME="Debian GNU/Linux"\nID=debian\n',
      'sudo apt-get update && sudo apt-get install -y postgresql',
    ],
    ['linux', 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'apt-get install'],
    ['linux', 'ID=fedora\n', 'sudo dnf install -y postgresql-server postgresql'],
    ['linux', 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'sudo dnf install'],
  ])('names the command to type on %s %j', async (platform, release, command) => {
    const { adviceFor } = await load<PostgresScript>('postgres.mjs');
    expect(adviceFor(platform, release)).toContain(command);
  });

  it('refuses a Node.js that is too old, and no other', async () => {
    const { checkNodeVersion } = await load<PackagesScript>('packages.mjs');
    expect(() => checkNodeVersion('18.20.4')).toThrow(
      /Node\.js 20\.19 or newer is needed, this is 18\.20\.4/,
    );
    expect(() => checkNodeVersion('20.9.0')).toThrow();
    expect(() => checkNodeVersion('20.19.0')).not.toThrow();
    expect(() => checkNodeVersion('24.0.0')).not.toThrow();
  });

  it('stops with code 2 and the command to type when apt-get cannot be used', async () => {
    const { providePostgres } = await load<PostgresScript>('postgres.mjs');
    const run = vi.fn();
    const provide = (): void => {
      providePostgres({ find: () => undefined, findApt: () => undefined, run });
    };
    expect(provide).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining('Install them') as string }),
    );
    expect(run).not.toHaveBeenCalled();
  });

  it('stops with code 2, what failed and the command to type when apt-get fails', async () => {
    vi.spyOn(console, 'log').mockReturnValue(undefined);
    const { providePostgres } = await load<PostgresScript>('postgres.mjs');
    const { SetupError } = await load<ErrorScript>('setup-error.mjs');
    const cause = new SetupError('apt-get update failed (exit code 100)', 1);
    const provide = (): void => {
      providePostgres({
        find: () => undefined,
        findApt: () => [],
        run: () => {
          throw cause;
        },
      });
    };
    expect(provide).toThrow(SetupError);
    expect(provide).toThrow(expect.objectContaining({ exitCode: 2, cause }));
    expect(provide).toThrow(
      /^apt-get update failed \(exit code 100\)\n[^]*then run the command again:\n {2}\S/,
    );
  });

  it('goes on when apt-get brought PostgreSQL', async () => {
    vi.spyOn(console, 'log').mockReturnValue(undefined);
    const { providePostgres } = await load<PostgresScript>('postgres.mjs');
    const ran: string[][] = [];
    providePostgres({
      find: () => (ran.length === 2 ? '/usr/lib/postgresql/17/bin' : undefined),
      findApt: () => ['sudo', '-n'],
      run: (program, args) => ran.push([program, ...args]),
    });
    expect(ran.map((words) => words.join(' '))).toEqual([
      'sudo -n env DEBIAN_FRONTEND=noninteractive apt-get update',
      'sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql',
    ]);
  });

  it('fetches what only tests use for them alone', async () => {
    const { stepsFor } = await load<StepsScript>('steps.mjs');
    const names = (...flags: string[]): string[] => stepsFor(flags).map(({ name }) => name);
    const always = ['checkNodeVersion', 'installPackages', 'buildWhenStale', 'providePostgres'];
    expect(names()).toEqual(always);
    expect(names('--test-servers')).toEqual([...always, 'provideOlderServers']);
    expect(names('--test-programs')).toEqual([...always, 'provideTestPrograms']);
  });

  it('is asked for the older servers by the scripts whose tests use them, and by no other', () => {
    const text = readFileSync(path.join(clone, 'package.json'), 'utf8');
    const commands = (JSON.parse(text) as { scripts: Record<string, string> }).scripts;
    const uses = (project: string): boolean => {
      const folder = path.join(clone, 'test', project.replace(/^unit-isolated$/, 'unit'));
      return readdirSync(folder, { recursive: true })
        .map(String)
        .filter((name) => name.endsWith('.ts'))
        .some((name) => /\busePostgres\([^)]*\bmajor\b/.test(readFileSync(path.join(folder, name), 'utf8')));
    };
    const withSetup = Object.entries(commands).filter(([, command]) => command.includes('scripts/setup.mjs'));
    const asking = withSetup.filter(([, command]) => command.includes('--test-servers'));
    const using = withSetup.filter(([, command]) =>
      [...command.matchAll(/--project (\S+)/g)].some(([, project = '']) => uses(project)),
    );
    expect(asking.map(([name]) => name)).toEqual(using.map(([name]) => name));
    expect(asking.map(([name]) => name)).toEqual(expect.arrayContaining(['test', 'test:procedures']));
    expect(readFileSync(path.join(clone, '.ci', 'run'), 'utf8')).toContain('setup.mjs --test-servers');
  });

  it('builds when the bundle is missing, cut short or older than a source, and not otherwise', async () => {
    const { bundleIsStale } = await load<BundleScript>('bundle.mjs');
    const folder = temporaryFolder();
    const put = async (name: string, minute: number): Promise<void> => {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, name);
      await utimes(file, minute * 60, minute * 60);
      await utimes(path.dirname(file), 60, 60);
    };
    await put('src/room/source.ts', 10);
    await utimes(path.join(folder, 'src'), 60, 60);
    expect(bundleIsStale(folder)).toBe(true);
    await put('dist/bin.js', 11);
    expect(bundleIsStale(folder)).toBe(true);
    await put('dist/.built', 11);
    expect(bundleIsStale(folder)).toBe(false);
    await put('src/room/source.ts', 12);
    expect(bundleIsStale(folder)).toBe(true);
    await put('dist/.built', 13);
    expect(bundleIsStale(folder)).toBe(true);
    await put('dist/bin.js', 13);
    expect(bundleIsStale(folder)).toBe(false);
    // A source that was removed is told by the time of its folder.
    await utimes(path.join(folder, 'src', 'room'), 14 * 60, 14 * 60);
    expect(bundleIsStale(folder)).toBe(true);
  });
});
