import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

interface PostgresScript {
  findPostgres: (folders: string[]) => string | undefined;
  adviceFor: (platform: string, release: string) => string;
}
interface PackagesScript {
  checkNodeVersion: (version: string) => void;
}

const scripts = path.resolve(import.meta.dirname, '../../../scripts/setup');
async function load<Script>(name: string): Promise<Script> {
  return (await import(pathToFileURL(path.join(scripts, name)).href)) as Script;
}

const folders: string[] = [];
afterEach(async () => {
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
});
