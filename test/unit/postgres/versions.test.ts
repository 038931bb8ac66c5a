import { expect, test } from 'vitest';
import { chooseClientPrograms, chooseServerPrograms } from '../../../src/postgres/choose-programs.ts';
import type { ClientPrograms } from '../../../src/postgres/server.ts';
import { majorOfNumber, parseVersion } from '../../../src/postgres/version.ts';

test.each([
  ['pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', '15.18', 15],
  ['pg_dump (PostgreSQL) 9.6.24', '9.6.24', 9.6],
  ['pg_ctl (PostgreSQL) 17beta1\n', '17', 17],
  ['12.5', '12.5', 12],
])('%s is version %s', (printed, text, major) => {
  expect(parseVersion(printed)).toEqual({ text, major });
});

test('what is no version is none', () => {
  expect(parseVersion('command not found')).toBeUndefined();
  expect(parseVersion('')).toBeUndefined();
});

test.each([
  [150018, 15],
  [90624, 9.6],
  [100023, 10],
])('server_version_num %i is major %d', (number, major) => {
  expect(majorOfNumber(number)).toBe(major);
});

function programs(version: string, folder = `/pg/${version}/bin`): ClientPrograms {
  const major = parseVersion(version)?.major ?? 0;
  return { folder, version, major, pgDump: 'a', pgDumpall: 'b', pgRestore: 'c', psql: 'd' };
}

test('the same major wins over a newer one found first, and the folder found first among equals', () => {
  const found = [programs('16.2'), programs('14.9', '/site'), programs('14.11', '/other')];
  expect(chooseClientPrograms(found, 14, { allowNewer: true }).folder).toBe('/site');
});

test('newer programs need the setting, and then the nearest is taken', () => {
  const found = [programs('17.1'), programs('15.2'), programs('12.2')];
  expect(() => chooseClientPrograms(found, 14, { allowNewer: false })).toThrow(/newer: 17\.1 in/);
  expect(() => chooseClientPrograms(found, 14, { allowNewer: false })).toThrow(
    expect.objectContaining({
      exitCode: 3,
      hint: expect.stringMatching(/database\.bin.*database\.clients: allow-newer/s) as string,
    }),
  );
  expect(chooseClientPrograms(found, 14, { allowNewer: true }).version).toBe('15.2');
});

test('older programs are refused whatever is allowed', () => {
  expect(() => chooseClientPrograms([programs('9.6.24')], 14, { allowNewer: true })).toThrow(
    /older: 9\.6\.24/,
  );
  expect(() => chooseClientPrograms([], 14, { allowNewer: true })).toThrow(/No PostgreSQL client programs/);
});

test('a scratch cluster is made by exactly the same major', () => {
  const server = { folder: '/pg/bin', version: '15.1', major: 15, initdb: 'i', pgCtl: 'c', postgres: 'p' };
  expect(chooseServerPrograms([server], 15)).toBe(server);
  expect(() => chooseServerPrograms([server], 14)).toThrow(/PostgreSQL 14 are needed; found: 15\.1/);
  expect(() => chooseServerPrograms([], 14)).toThrow(/No PostgreSQL server programs/);
});
