import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clientEnvironment } from '../../../src/postgres/client-environment.ts';
import { findPassword, passLine, removePassFiles, writePassFile } from '../../../src/postgres/pass-file.ts';

let folder: string;
const address = { host: 'db.example', port: 4432, user: 'postgres' };

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'pass file é-'));
});

afterEach(async () => {
  await fs.rm(folder, { recursive: true, force: true });
});

async function lookUp(lines: string, mode = 0o600, database = 'QSR'): Promise<string | undefined> {
  const file = path.join(folder, 'pgpass');
  await fs.writeFile(file, lines);
  await fs.chmod(file, mode);
  return await findPassword(address, database, { PGPASSFILE: file }, 'linux');
}

test('the file is private, holds the escaped password, and is gone after removing it twice', async () => {
  const file = await writePassFile(folder, { ...address, host: '::1', password: String.raw`a:b\c'"d ä` });
  expect(await fs.readFile(file?.path ?? '', 'utf8')).toBe(
    String.raw`\:\:1:4432:*:postgres:a\:b\\c'"d ä` + '\n',
  );
  if (process.platform !== 'win32') expect((await fs.stat(file?.path ?? '')).mode & 0o777).toBe(0o600);
  await file?.remove();
  await file?.remove();
  expect(await fs.readdir(folder)).toEqual([]);
});

test('without a password no file is written', async () => {
  expect(await writePassFile(folder, address)).toBeUndefined();
  expect(await writePassFile(folder, { ...address, password: '' })).toBeUndefined();
  expect(await fs.readdir(folder)).toEqual([]);
});

test('a password with a line break is refused without showing it', async () => {
  const attempt = writePassFile(folder, { ...address, password: 'hush\nhush' });
  await expect(attempt).rejects.toMatchObject({ exitCode: 2 });
  await expect(attempt).rejects.not.toThrow(/hush/);
});

test('what a killed process left is removed, and nothing else', async () => {
  await fs.writeFile(path.join(folder, 'pgpass-0123456789abcdef'), 'of a process that is gone');
  await fs.writeFile(path.join(folder, 'pgpass-mine'), '');
  expect(await removePassFiles(folder)).toHaveLength(1);
  expect(await fs.readdir(folder)).toEqual(['pgpass-mine']);
  expect(await removePassFiles(path.join(folder, 'nowhere'))).toEqual([]);
});

test('what this process uses stays, also when it is only just being written', async () => {
  const written = Array.from({ length: 50 }, () => writePassFile(folder, { ...address, password: 'one' }));
  for (let round = 0; round < 20; round += 1) expect(await removePassFiles(folder)).toEqual([]);
  const files = await Promise.all(written);
  expect(await fs.readdir(folder)).toHaveLength(50);
  for (const file of files) await file?.remove();
  await fs.writeFile(files[0]?.path ?? '', '');
  expect(await removePassFiles(folder), 'once removed, it is nobody’s').toEqual([files[0]?.path]);
});

test('any password comes back out of the line it was written into', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\r\n\0]/.test(text)),
      async (password) => {
        expect(await lookUp(`${passLine(address, password)}\n`)).toBe(password);
      },
    ),
    { numRuns: 60 },
  );
});

test('the first line that fits counts; comments, other hosts and databases do not', async () => {
  const lines = [
    '# db.example:4432:*:postgres:comment',
    'other:*:*:*:host',
    'db.example:5432:*:*:port',
    '*:*:Licenses:*:database',
    '*:4432:QSR:postgres:right',
    '*:*:*:*:late',
  ].join('\r\n');
  expect(await lookUp(lines)).toBe('right');
  expect(await lookUp(lines, 0o600, 'Licenses')).toBe('database');
  expect(await lookUp('db.example:4432')).toBeUndefined();
});

test('a file others may read is not used, as the client programs do not use it', async () => {
  expect(await lookUp('*:*:*:*:open', 0o644)).toBeUndefined();
  expect(await lookUp('*:*:*:*:open', 0o600)).toBe('open');
});

test('PGPASSWORD wins; no file at all is no password', async () => {
  expect(await findPassword(address, 'QSR', { PGPASSWORD: 'given' }, 'linux')).toBe('given');
  expect(await findPassword(address, 'QSR', { HOME: folder }, 'linux')).toBeUndefined();
  await fs.mkdir(path.join(folder, 'postgresql'));
  await fs.writeFile(path.join(folder, 'postgresql', 'pgpass.conf'), '*:*:*:*:windows');
  expect(await findPassword(address, 'QSR', { APPDATA: folder }, 'win32')).toBe('windows');
});

test('a password file of ours silences a PGPASSWORD of the user, and only then', () => {
  expect(clientEnvironment({ passFile: '/x', applicationName: 'name' })).toMatchObject({
    PGPASSFILE: '/x',
    PGPASSWORD: '',
    PGAPPNAME: 'name',
    PGCONNECT_TIMEOUT: '15',
    PGCLIENTENCODING: '',
  });
  const bare = clientEnvironment();
  for (const name of ['PGPASSFILE', 'PGPASSWORD', 'PGAPPNAME', 'PGSSLMODE'])
    expect(bare).not.toHaveProperty(name);
  expect(clientEnvironment({ ssl: true })).toHaveProperty('PGSSLMODE', 'require');
});

test('messages of client programs are in English, which is read here, in whatever language Windows is', () => {
  expect(clientEnvironment()).toMatchObject({ LC_MESSAGES: 'C', LC_ALL: '', LANGUAGE: '' });
});

test('leaves no part of a password when the disk is full', async () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const write = vi.spyOn(fs, 'writeFile').mockImplementationOnce(async (file) => {
    await fs.appendFile(file, 'host:5432:*:postg');
    throw full;
  });
  try {
    await expect(writePassFile(folder, { ...address, password: 'hunter22' })).rejects.toThrow(full);
  } finally {
    write.mockRestore();
  }
  expect(await fs.readdir(folder)).toEqual([]);
});
