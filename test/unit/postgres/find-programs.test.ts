import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandError } from '../../../src/contract/errors.ts';
import type { Exec } from '../../../src/contract/node.ts';
import { findClientPrograms, findServerPrograms } from '../../../src/postgres/find-programs.ts';

let root: string;

beforeEach(async () => {
  root = await fs.mkdtemp(path.join(os.tmpdir(), 'find programs é-'));
});

afterEach(async () => {
  await fs.rm(root, { recursive: true, force: true });
});

const CLIENTS = ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql'];

/** A folder with programs whose content is the version they print. */
async function install(name: string, version: string, programs = CLIENTS): Promise<string> {
  const folder = path.join(root, name);
  await fs.mkdir(folder, { recursive: true });
  for (const program of programs) await fs.writeFile(path.join(folder, program), version);
  return folder;
}

const exec: Exec = async (argv) => {
  const [program = '', argument] = argv;
  if (argument !== '--version') throw new Error(`not expected: ${argv.join(' ')}`);
  const version = await fs.readFile(program, 'utf8');
  if (version === 'broken') throw new CommandError('it crashed', { argv, code: 127 });
  return { stdout: `x (PostgreSQL) ${version}\n`, stderr: '', durationMs: 1 };
};

/** The folder under test in front; PostgreSQL of this machine may follow, which is none of the test's business. */
async function versions(options: {
  folder?: string;
  candidates?: string[];
  PATH?: string;
}): Promise<string[]> {
  const { PATH = '', ...rest } = options;
  const found = await findClientPrograms({ exec, platform: 'freebsd', environment: { PATH }, ...rest });
  return found.map(({ version }) => version);
}

test('the own folder comes first, then candidates, then PATH; incomplete and broken ones are passed over', async () => {
  const own = await install('own', '14.1');
  const candidate = await install('candidate', '15.2');
  const partial = await install('partial', '16.3', ['pg_dump']);
  const broken = await install('broken', 'broken');
  const onPath = await install('on path', '12.4');
  const PATH = [partial, broken, path.join(root, 'not there'), 'relative', onPath, onPath].join(':');
  expect(await versions({ folder: own, candidates: [candidate], PATH })).toEqual(['14.1', '15.2', '12.4']);
});

test('one installation reached by a link is listed once', async () => {
  const real = await install('real', '14.1');
  const link = path.join(root, 'link');
  await fs.symlink(real, link);
  expect(await versions({ candidates: [link], PATH: real })).toEqual(['14.1']);
});

test("Debian's version-choosing wrapper is no installation, unless the site names it", async () => {
  const real = await install('wrapped', '15.0', ['pg_wrapper']);
  const bin = path.join(root, 'bin');
  await fs.mkdir(bin);
  for (const name of CLIENTS) await fs.symlink(path.join(real, 'pg_wrapper'), path.join(bin, name));
  expect(await versions({ PATH: bin })).toEqual([]);
  expect(await versions({ folder: bin })).toEqual(['15.0']);
});

test('an own folder that does not serve is an error that names the setting', async () => {
  const partial = await install('partial', '15.1', ['pg_dump', 'psql']);
  const broken = await install('broken', 'broken');
  for (const [folder, message] of [
    [partial, /has no pg_dumpall, pg_restore/],
    [path.join(root, 'nowhere'), /has no pg_dump, pg_dumpall/],
    [broken, /does not run: it crashed/],
  ] as const) {
    const attempt = versions({ folder });
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({
      exitCode: 3,
      hint: expect.stringContaining('database.bin') as string,
    });
  }
});

test('server programs are found the same way', async () => {
  const folder = await install('server', '15.7', ['initdb', 'pg_ctl', 'postgres']);
  const [found] = await findServerPrograms({ exec, platform: 'freebsd', environment: {}, folder });
  expect(found).toEqual({
    folder,
    version: '15.7',
    major: 15,
    initdb: path.join(folder, 'initdb'),
    pgCtl: path.join(folder, 'pg_ctl'),
    postgres: path.join(folder, 'postgres'),
  });
});
