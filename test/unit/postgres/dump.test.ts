import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkDump } from '../../../src/postgres/check-dump.ts';
import { databaseArgument, dumpCommand, listCommand, readDumpCommand } from '../../../src/postgres/dump.ts';
import type { DumpFormat } from '../../../src/postgres/server.ts';
import { hostileText } from '../../helpers/hostile-text.ts';

const programs = {
  folder: '/pg',
  version: '15.1',
  major: 15,
  pgDump: '/pg/pg_dump',
  pgDumpall: '/pg/pg_dumpall',
  pgRestore: '/pg/pg_restore',
  psql: '/pg/psql',
};
const address = { host: 'localhost', port: 4432, user: 'postgres', password: 'never shown' };

/**
 * What libpq reads in the argument for a database (PostgreSQL, "Connection Strings"): settings when it has a `=` or begins
 * as a URI, else a name. An argument that begins with `-` is an option.
 */
function meantBy(argument: string): Record<string, string> {
  if (argument.startsWith('-')) return { option: argument };
  if (/^postgres(?:ql)?:\/\//.test(argument)) return { uri: argument };
  if (!argument.includes('=')) return { dbname: argument };
  const settings: Record<string, string> = {};
  const setting = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\[^])*)'|((?:[^\s'\\]|\\[^])*))/gy;
  let end = 0;
  for (const [whole, key = '', quoted, bare = ''] of argument.matchAll(setting)) {
    end += whole.length;
    settings[key] = (quoted ?? bare).replaceAll(/\\([^])/g, '$1');
  }
  return end === argument.length ? settings : { ...settings, rest: argument.slice(end) };
}

describe('the command', () => {
  test("is the manual's, and never asks", () => {
    expect(
      dumpCommand(programs, address, { database: 'QSR', target: '/set/QSR_backup.tar', format: 'tar' }).join(
        ' ',
      ),
    ).toBe('/pg/pg_dump -h localhost -p 4432 -U postgres --no-password -b -F t -f /set/QSR_backup.tar QSR');
  });

  test('takes jobs for a directory only', () => {
    const request = { database: 'QSR', target: '/d', jobs: 2 };
    expect(dumpCommand(programs, address, { ...request, format: 'directory' })).toEqual(
      expect.arrayContaining(['-F', 'd', '-j', '2']),
    );
    for (const format of ['tar', 'custom'] satisfies DumpFormat[])
      expect(() => dumpCommand(programs, address, { ...request, format })).toThrow(/jobs/);
  });

  test.each([
    ['QSR', 'QSR'],
    ['Sense Services', 'Sense Services'],
    ['-x', "dbname='-x'"],
    ['postgresql://evil', "dbname='postgresql://evil'"],
    [String.raw`a='b\c`, String.raw`dbname='a=\'b\\c'`],
  ])('passes the name %s safely', (name, argument) => {
    expect(databaseArgument(name)).toBe(argument);
  });

  test('passes any name as one argument that means that database and no setting', () => {
    const name = hostileText().filter((text) => text !== '');
    fc.assert(
      fc.property(name, (database) => {
        const argv = dumpCommand(programs, address, { database, target: '/d', format: 'tar' });
        const plain = dumpCommand(programs, address, { database: 'QSR', target: '/d', format: 'tar' });
        expect(argv.slice(0, -1)).toEqual(plain.slice(0, -1));
        expect(meantBy(argv.at(-1) ?? '')).toEqual({ dbname: database });
      }),
    );
  });

  test('of a listing, and of reading it through, which a tar is spared', () => {
    expect(listCommand(programs, '/d')).toEqual(['/pg/pg_restore', '-l', '/d']);
    expect(readDumpCommand(programs, '/d', 'custom', 'linux')).toEqual([
      '/pg/pg_restore',
      '-f',
      '/dev/null',
      '/d',
    ]);
    expect(readDumpCommand(programs, '/d', 'directory', 'win32')).toContain('NUL');
    expect(() => readDumpCommand(programs, '/d', 'tar')).toThrow();
  });
});

describe('the check of what was written', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'check dump-'));
  });
  afterEach(async () => {
    await fs.rm(folder, { recursive: true, force: true });
  });

  async function file(content: Buffer | string): Promise<string> {
    const target = path.join(folder, 'dump');
    await fs.writeFile(target, content);
    return target;
  }

  const END = Buffer.alloc(1024);
  const whole = Buffer.concat([member('toc.dat', 700), member('1.dat', 3), member('restore.sql', 512), END]);

  test('a whole tar passes, also with padding after its end', async () => {
    expect(await checkDump(await file(whole), 'tar')).toEqual({ bytes: whole.length, files: 1 });
    await checkDump(await file(Buffer.concat([whole, END])), 'tar');
  });

  test('every shorter tar fails', async () => {
    for (let length = 0; length < whole.length; length += 129)
      await expect(
        checkDump(await file(whole.subarray(0, length)), 'tar'),
        `${length}`,
      ).rejects.toMatchObject({
        exitCode: 5,
      });
  });

  test.each([
    ['a flipped bit in a header', flip(whole, 1100), /no valid tar header at byte 1536|no valid tar header/],
    ['another tar', Buffer.concat([member('share.txt', 10), END]), /does not begin with a table of contents/],
    ['a tar without the script', Buffer.concat([member('toc.dat', 10), END]), /lacks restore\.sql/],
    ['something else', Buffer.from('x'.repeat(4096)), /no valid tar header at byte 0/],
    ['only zeros', Buffer.alloc(4096), /lacks toc\.dat/],
  ])('%s fails', async (_, content, message) => {
    await expect(checkDump(await file(content), 'tar')).rejects.toThrow(message);
  });

  test('a member of more than 8 GB has its size in binary', async () => {
    const header = member('1.dat', 0).subarray(0, 512);
    header.fill(0, 124, 136);
    header.writeUInt8(0x80, 124);
    header.writeBigUInt64BE(9_000_000_000n, 128);
    sign(header);
    const target = await file(Buffer.concat([member('toc.dat', 5), header]));
    await expect(checkDump(target, 'tar')).rejects.toThrow(/cut off inside its member 1\.dat/);
    await fs.truncate(target, 1024 + 512 + 9_000_000_512);
    const handle = await fs.open(target, 'r+');
    const tail = Buffer.concat([member('restore.sql', 5), END]);
    // 9,000,000,000 is no multiple of 512: the member ends at the next one.
    const at = 1024 + 512 + Math.ceil(9_000_000_000 / 512) * 512;
    await handle.write(tail, 0, tail.length, at);
    await handle.close();
    expect((await checkDump(target, 'tar')).bytes).toBe(at + tail.length);
  });

  test('missing, empty and foreign files fail in every format', async () => {
    for (const format of ['tar', 'custom', 'directory'] satisfies DumpFormat[]) {
      await expect(checkDump(path.join(folder, 'nowhere'), format)).rejects.toThrow(/not there/);
      if (format === 'directory') continue;
      await expect(checkDump(await file(''), format)).rejects.toThrow(/empty/);
      await expect(checkDump(await file('PGDUMP it is not'), format)).rejects.toMatchObject({ exitCode: 5 });
    }
  });

  test('a custom dump begins and ends as it must', async () => {
    const end = Buffer.alloc(5);
    expect((await checkDump(await file(Buffer.concat([Buffer.from('PGDMP...'), end])), 'custom')).bytes).toBe(
      13,
    );
    await expect(checkDump(await file('PGDMP... cut'), 'custom')).rejects.toThrow(/cut off/);
  });

  test('a directory needs its contents, and whole-looking files', async () => {
    await expect(checkDump(folder, 'directory')).rejects.toThrow(/toc\.dat\) is missing/);
    await fs.writeFile(path.join(folder, 'toc.dat'), 'PGDMP');
    await fs.writeFile(path.join(folder, '1.dat.gz'), Buffer.from([0x1f, 0x8b, 8]));
    expect(await checkDump(folder, 'directory')).toEqual({ bytes: 8, files: 2 });
    await fs.writeFile(path.join(folder, '2.dat.gz'), '');
    await expect(checkDump(folder, 'directory')).rejects.toThrow(/2\.dat\.gz is not usable: it is empty/);
    await fs.writeFile(path.join(folder, '2.dat.gz'), 'text');
    await expect(checkDump(folder, 'directory')).rejects.toThrow(/not a gzip file/);
  });
});

/** A tar member of `size` bytes, header and padding as pg_dump writes them. */
function member(name: string, size: number): Buffer {
  const block = Buffer.alloc(512 + Math.ceil(size / 512) * 512);
  block.write(name, 0);
  block.write(`${size.toString(8).padStart(11, '0')} `, 124);
  block.fill('d', 512, 512 + size);
  sign(block);
  return block;
}

function sign(header: Buffer): void {
  header.fill(' ', 148, 156);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}

function flip(buffer: Buffer, at: number): Buffer {
  const copy = Buffer.from(buffer);
  copy.writeUInt8(copy.readUInt8(at + 436) ^ 1, at + 436);
  return copy;
}
