import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SPC_SETTINGS, spcConfig, spcProblems } from '../../../src/installers/spc-config.ts';
import { readXml } from '../../helpers/read-xml.ts';

const TEMPLATE = fs.readFileSync(path.resolve(import.meta.dirname, '../../../templates/spc.cfg'), 'utf8');

/** The manual's example (4.1, p. 180-181), without its comment. */
const MANUAL = String.raw`<?xml version="1.0"?>
<SharedPersistenceConfiguration xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <DbUserName>username</DbUserName>
  <DbUserPassword>password</DbUserPassword>
  <DbHost>IP or Hostname</DbHost>
  <DbPort>4432</DbPort>
  <RootDir>\\server\share</RootDir>
  <StaticContentRootDir>\\server\share\StaticContent</StaticContentRootDir>
  <ArchivedLogsDir>\\server\share\ArchivedLogs</ArchivedLogsDir>
  <AppsDir>\\server\share\Apps</AppsDir>
  <CreateCluster>true</CreateCluster>
  <InstallLocalDb>false</InstallLocalDb>
  <ConfigureDbListener>true</ConfigureDbListener>
  <ListenAddresses>*</ListenAddresses>
  <IpRange>0.0.0.0/0,::/0</IpRange>
  <MaxConnections>100</MaxConnections>
  <HttpPortNumber>80</HttpPortNumber>
  <HttpsPortNumber>443</HttpsPortNumber>
  <EnableHttpPort>false</EnableHttpPort>
  <DbMaximumConnectionPoolSize>90</DbMaximumConnectionPoolSize>
</SharedPersistenceConfiguration>`;

const SAMPLE = settingsOf(MANUAL);
const SMALL = {
  DbUserName: 'qliksenserepository',
  DbUserPassword: 'secret',
  DbHost: 'db.acme.example',
  DbPort: '4432',
  RootDir: '\\\\files\\qlik',
};
const CREATE = { ...SMALL, CreateCluster: 'true' };

function settingsOf(xml: string): Record<string, string> {
  return Object.fromEntries(readXml(xml.trim()).children.map(({ name, text }) => [name, text]));
}

describe('spc.cfg', () => {
  it("is the manual's example when it gets its values", () => {
    const made = readXml(spcConfig(TEMPLATE, SAMPLE, 1).trim());
    expect(made).toEqual(readXml(MANUAL.replaceAll('\n', '\r\n')));
  });

  it('has a place for every setting of the table, once, in the order of the example', () => {
    const places = [...TEMPLATE.matchAll(/<(\w+)>\{(\w+)\}<\/(\w+)>/g)].map(([, ...names]) => names);
    expect(places.every(([a, b, c]) => a === b && b === c)).toBe(true);
    const names = places.map(([name = '']) => name);
    expect([...names].sort()).toEqual(Object.keys(SPC_SETTINGS).sort());
    expect(names.filter((name) => name !== 'JoinCluster')).toEqual(Object.keys(SAMPLE));
  });

  it('leaves out what is not given, and puts the folders below the share', () => {
    expect(settingsOf(spcConfig(TEMPLATE, { ...SMALL, JoinCluster: 'true', CreateCluster: '' }, 3))).toEqual({
      ...SMALL,
      StaticContentRootDir: '\\\\files\\qlik\\StaticContent',
      ArchivedLogsDir: '\\\\files\\qlik\\ArchivedLogs',
      AppsDir: '\\\\files\\qlik\\Apps',
      JoinCluster: 'true',
    });
  });

  it('asks 100 connections for each node where setup installs the database', () => {
    const made = settingsOf(spcConfig(TEMPLATE, { ...CREATE, InstallLocalDb: 'true' }, 4));
    expect(made['MaxConnections']).toBe('400');
    expect(spcProblems({ ...CREATE, MaxConnections: '399' }, 4)).toEqual([
      expect.stringMatching(/^MaxConnections must be at least 400, .*4\.1, p\. 182/),
    ]);
    expect(spcProblems({ ...CREATE, MaxConnections: '450' }, 4)).toEqual([]);
  });

  it('keeps every value text, whatever it holds', () => {
    const password = `a<b>&"c'{DbHost}$1`;
    const made = settingsOf(spcConfig(TEMPLATE, { ...CREATE, DbUserPassword: password }, 1));
    expect(made['DbUserPassword']).toBe(password);
  });

  it.each([
    [{ ...CREATE, JoinCluster: 'true' }, 'only one of CreateCluster and JoinCluster'],
    [{ ...CREATE, JoinCluster: 'false' }, 'only one of CreateCluster and JoinCluster'],
    [SMALL, 'CreateCluster or JoinCluster must be true'],
    [{ ...SMALL, CreateCluster: 'false' }, 'CreateCluster or JoinCluster must be true'],
    [
      { ...SMALL, JoinCluster: 'true', InstallLocalDb: 'true' },
      'InstallLocalDb goes only with CreateCluster',
    ],
    [{ ...SMALL, JoinCluster: 'true', DbHost: 'localhost' }, 'DbHost must be the name of the machine'],
    [{ ...SMALL, JoinCluster: 'true', RootDir: 'D:\\share' }, 'RootDir must be a share'],
    [{ ...CREATE, ConfigureDbListener: 'true', IpRange: '::/0' }, 'ListenAddresses is needed'],
    [{ ...CREATE, ConfigureDbListener: 'true', ListenAddresses: '*' }, 'IpRange is needed'],
    [
      { ...CREATE, DbMaximumConnectionPoolSize: '89' },
      'DbMaximumConnectionPoolSize must be a whole number from 90 to 1000',
    ],
    [{ ...CREATE, DbMaximumConnectionPoolSize: '1001' }, 'from 90 to 1000'],
    [{ ...CREATE, DbPort: '0' }, 'DbPort must be a whole number from 1 to 65535'],
    [{ ...CREATE, RootDir: 'share' }, 'RootDir must be a whole path'],
    [{ ...CREATE, EnableHttpPort: 'yes' }, 'EnableHttpPort must be true or false'],
    [{ ...CREATE, EnableHttpPort: 'true', HttpsPortNumber: '80' }, 'must differ'],
    [{ ...CREATE, ListenAddresses: '10.0.0.1, host' }, '"host" is none'],
    [{ ...CREATE, IpRange: '10.0.0.0' }, '"10.0.0.0" is none'],
    [{ ...CREATE, IpRange: '10.0.0.0/33' }, '"10.0.0.0/33" is none'],
    [{ ...CREATE, DbHost: '' }, 'DbHost is needed'],
    [
      { ...CREATE, MaxConections: '100' },
      'MaxConections is an unknown setting; did you mean "MaxConnections"?',
    ],
    [{ ...CREATE, DbUserPassword: 'pass\u0441word' }, 'DbUserPassword mixes letters'],
    [{ ...CREATE, DbUserPassword: 'a\u0001' }, 'DbUserPassword has a character'],
  ])('is refused: %j', (settings, problem) => {
    const problems = spcProblems(settings, 1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('may name this machine and a disk of it where setup makes the cluster', () => {
    expect(spcProblems({ ...CREATE, DbHost: 'localhost', RootDir: 'D:\\share' }, 1)).toEqual([]);
  });

  it.each(['*', '0.0.0.0', ':::0', '10.0.0.1,fe80::1'])('may listen to %s', (ListenAddresses) => {
    expect(spcProblems({ ...CREATE, ListenAddresses }, 1)).toEqual([]);
  });

  it('tells every problem at once, and no password', () => {
    const wrong = { DbUserPassword: 'geheim\u0441', DbPort: 'x', AppsDir: 'apps' };
    expect(() => spcConfig(TEMPLATE, wrong, 1)).toThrow(
      /DbUserPassword mixes.*DbPort must.*AppsDir must.*DbUserName is needed.*DbHost is.*RootDir is.*must be true/,
    );
    expect(spcProblems(wrong, 1).join()).not.toContain('geheim');
  });
});
