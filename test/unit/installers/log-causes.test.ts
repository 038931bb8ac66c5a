import { describe, expect, it } from 'vitest';
import { causesInLog } from '../../../src/installers/log-causes.ts';

const MISSING = (name: string) =>
  `[1A2C:0F10][2026-11-28T01:02:03]e000: This version of Qlik Sense requires a '${name}' database for multi cloud capabilities...`;

describe('the causes in the log of an installer', () => {
  it.each([
    [MISSING('SenseServices'), /misses the database SenseServices/, '3.9, p. 175'],
    [MISSING('QSMQ'), /misses the database QSMQ/, '3.9, p. 175'],
    [MISSING('License'), /misses the database Licenses/, '3.9, p. 175'],
    ['Patch was uninstalled with exit code: -1', /patch was taken off again/, '3.9, p. 175'],
    ['FATAL: password authentication failed for user "postgres"', /dbpassword/, '3.9, p. 176'],
    [
      'FATAL: password authentication failed for user "qliksenserepository"',
      /repository database user/,
      '8.6, p. 305',
    ],
    [
      "The process does not possess the 'SeSecurityPrivilege' privilege",
      /SeSecurityPrivilege/,
      '3.9, p. 176',
    ],
    [
      'Error 1053: The service did not respond to the start or control request',
      /ServicesPipeTimeout/,
      '8.9, p. 306',
    ],
    ["Error 1920. Service 'Qlik Sense Proxy Service' failed to start.", /did not start/, '8.9, p. 306'],
    ['psql: FATAL: no pg_hba.conf entry for host [10.0.0.7]', /IpRange/, '8.15, p. 309'],
    ['FATAL: connection requires SSL', /asks for SSL/, '8.14, p. 309'],
    ['Client certificate for node rim1 could not be found', /account that installed/, '3.7, p. 173'],
    ['The file is being used by another process', /virus scanner/, '8.10, p. 307'],
    ['There is not enough space on the disk.', /disk is full/, '1.3, p. 19'],
  ])('explain "%s"', (line, text, source) => {
    const causes = causesInLog(`begin\r\n${line}\r\nend\r\n`);
    expect(causes).toHaveLength(1);
    expect(causes[0]?.text).toMatch(text);
    expect(causes[0]?.source).toContain(source);
  });

  it('suspect SSL first when every database is missing, and name each once', () => {
    const log = [...'12'].flatMap(() => ['SenseServices', 'QSMQ', 'License'].map(MISSING)).join('\n');
    const causes = causesInLog(log);
    expect(causes.map(({ source }) => source.slice(0, 4))).toEqual(['8.14', '3.9,', '3.9,', '3.9,']);
    expect(causesInLog(log)).toEqual(causes);
  });

  it.each(['', 'Exit code: 0x0, restarting: No', 'user qlik, SSL off, port 10530', 'exit code: -10'])(
    'are silent about "%s"',
    (text) => {
      expect(causesInLog(text)).toEqual([]);
    },
  );
});
