import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkGlobals, cleanGlobals, finishGlobals, globalsCommand } from '../../../src/postgres/globals.ts';
import { splitScript } from '../../../src/postgres/script.ts';

const SCRIPT = String.raw`--
-- PostgreSQL database cluster dump
--

\restrict BzQ8aVw4x1

SET default_transaction_read_only = off;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE ROLE "odd;name";
ALTER ROLE "odd;name" WITH NOSUPERUSER LOGIN PASSWORD 'md5;''--';
COMMENT ON ROLE "odd;name" IS E'it''s \\ a
\\restrict lie
text';
ALTER ROLE "odd;name" SET search_path TO '"$user", public';
GRANT "odd;name" TO postgres GRANTED BY postgres;

\unrestrict BzQ8aVw4x1

--
-- PostgreSQL database cluster dump complete
--
`;

const address = { host: 'h', port: 4432, user: 'postgres' };
const programs = {
  folder: '/pg',
  version: '15.1',
  major: 15,
  pgDump: '/pg/pg_dump',
  pgDumpall: '/pg/pg_dumpall',
  pgRestore: '/pg/pg_restore',
  psql: '/pg/psql',
};

test('quotes, comments and commands are told apart', () => {
  const pieces = splitScript(SCRIPT);
  expect(pieces.map(({ kind, text }) => [kind, text.split(/\s/).slice(0, 2).join(' ')])).toEqual([
    ['command', String.raw`\restrict BzQ8aVw4x1`],
    ['statement', 'SET default_transaction_read_only'],
    ['statement', "SELECT pg_catalog.set_config('search_path',"],
    ['statement', 'CREATE ROLE'],
    ['statement', 'ALTER ROLE'],
    ['statement', 'COMMENT ON'],
    ['statement', 'ALTER ROLE'],
    ['statement', 'GRANT "odd;name"'],
    ['command', String.raw`\unrestrict BzQ8aVw4x1`],
  ]);
  expect(pieces.map(({ line }) => line)).toEqual([5, 7, 8, 10, 11, 12, 15, 16, 18]);
});

test('only the two commands older psql refuses are removed', () => {
  const cleaned = cleanGlobals(SCRIPT);
  expect(cleaned).toBe(
    SCRIPT.replace('\\restrict BzQ8aVw4x1\n', '').replace('\\unrestrict BzQ8aVw4x1\n', ''),
  );
  expect(checkGlobals(cleaned)).toEqual({ statements: 7, roles: 1 });
  expect(cleanGlobals(cleaned)).toBe(cleaned);
  expect(cleanGlobals('\\restrict a\r\nSET x = 1;\r\n')).toBe('SET x = 1;\r\n');
});

describe('what does not load everywhere is named by its line, without the password in it', () => {
  test.each([
    ['a command of newer psql', SCRIPT, /line 5: older psql may not know \\restrict/],
    ['another command', cleanGlobals(SCRIPT).replace('SET d', '\\gexec\nSET d'), /may not know \\gexec/],
    [
      'another statement',
      cleanGlobals(SCRIPT).replace('SET d', 'DROP DATABASE x;\nSET d'),
      /"DROP DATABASE" is not/,
    ],
    ['a cut inside a quote', cleanGlobals(SCRIPT).replace(/md5[^]*/, 'x'), /"ALTER ROLE" does not end/],
    [
      'a cut between statements',
      cleanGlobals(SCRIPT).replace(/\n--\n-- Pos[^\n]*complete[^]*/, '\n'),
      /cut off/,
    ],
    ['nothing', '', /no role/],
  ])('%s', (_, text, message) => {
    expect(() => checkGlobals(text)).toThrow(message);
    expect(() => checkGlobals(text)).not.toThrow(/md5/);
  });

  test('connecting is allowed', () => {
    const text = cleanGlobals(SCRIPT).replace('SET d', '\\connect postgres\nSET d');
    expect(checkGlobals(text).roles).toBe(1);
  });
});

test('passwords are only asked for by a superuser', () => {
  const request = { file: '/set/globals.sql', superuser: true };
  expect(globalsCommand(programs, address, request)).toEqual([
    ...['/pg/pg_dumpall', '-h', 'h', '-p', '4432', '-U', 'postgres', '--no-password'],
    ...['-g', '-f', '/set/globals.sql'],
  ]);
  expect(globalsCommand(programs, address, { ...request, superuser: false })).toContain(
    '--no-role-passwords',
  );
  const old = { ...programs, version: '9.6.24', major: 9.6 };
  expect(() => globalsCommand(old, address, { ...request, superuser: false })).toThrow(/superuser/);
});

describe('finishing the file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'globals-'));
  });
  afterEach(async () => {
    await fs.rm(folder, { recursive: true, force: true });
  });

  test('keeps every other byte, and makes it private', async () => {
    const file = path.join(folder, 'globals.sql');
    const odd = Buffer.concat([Buffer.from(SCRIPT), Buffer.from('-- '), Buffer.from([0xe9, 0xff, 0xc3])]);
    await fs.writeFile(file, odd, { mode: 0o644 });
    const { bytes } = await finishGlobals(file);
    const written = await fs.readFile(file);
    expect(bytes).toBe(written.length);
    expect(written.subarray(-3)).toEqual(Buffer.from([0xe9, 0xff, 0xc3]));
    if (process.platform !== 'win32') expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
    expect(await fs.readdir(folder)).toEqual(['globals.sql']);
  });

  test('a missing or empty file is a failure', async () => {
    const file = path.join(folder, 'globals.sql');
    await expect(finishGlobals(file)).rejects.toMatchObject({ exitCode: 5 });
    await fs.writeFile(file, '');
    await expect(finishGlobals(file)).rejects.toMatchObject({ exitCode: 5 });
  });
});
