import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { QPI_SETTINGS, qpiConfig, qpiProblems } from '../../../src/installers/qpi-config.ts';
import { readXml } from '../../helpers/read-xml.ts';

const TEMPLATE = fs.readFileSync(
  path.resolve(import.meta.dirname, '../../../templates/QpiConfig.cfg'),
  'utf8',
);

/** The manual's example (2.6, p. 151) with its role spelt as it is. */
const MANUAL = `<?xml version="1.0"?>
<CommandLineArguments xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <DbUserName>qliksenserepository</DbUserName>
  <DbUserPassword>your_password</DbUserPassword>
  <DbSuperUserPassword>your_password</DbSuperUserPassword>
  <DbHost></DbHost>
  <DbPort>4432</DbPort>
  <ListenAddresses>*</ListenAddresses>
  <IpRange>0.0.0.0/0,::/0</IpRange>
  <MaxConnections>300</MaxConnections>
  <DbInstallationPath></DbInstallationPath>
  <DbDataPath></DbDataPath>
  <DbBackupPath></DbBackupPath>
</CommandLineArguments>`;

const INSTALL = {
  DbUserPassword: 'your_password',
  DbSuperUserPassword: 'your_password',
  DbPort: '4432',
  ListenAddresses: '*',
  IpRange: '0.0.0.0/0,::/0',
  MaxConnections: '300',
};
const UPGRADE = { DbSuperUserPassword: 'secret', DbBackupPath: 'D:\\backup' };

function settingsOf(xml: string): Record<string, string> {
  return Object.fromEntries(readXml(xml.trim()).children.map(({ name, text }) => [name, text]));
}

describe('QpiConfig.cfg', () => {
  it("is the manual's example, with the role spelt as it is", () => {
    expect(readXml(qpiConfig(TEMPLATE, INSTALL, 'postgres-install').trim())).toEqual(
      readXml(MANUAL.replaceAll('\n', '\r\n')),
    );
  });

  it('has a place for every setting, once', () => {
    const places = [...TEMPLATE.matchAll(/<(\w+)>\{(\w+)\}<\/(\w+)>/g)].map(([, ...names]) => names);
    expect(places.every(([a, b, c]) => a === b && b === c)).toBe(true);
    expect(places.map(([name]) => name)).toEqual(Object.keys(settingsOf(MANUAL)));
    expect(places.map(([name]) => name).sort()).toEqual(Object.keys(QPI_SETTINGS).sort());
  });

  it('leaves empty what is not given, in an upgrade the role, too', () => {
    expect(settingsOf(qpiConfig(TEMPLATE, UPGRADE, 'postgres-upgrade'))).toEqual({
      DbUserName: '',
      DbUserPassword: '',
      DbSuperUserPassword: 'secret',
      DbHost: '',
      DbPort: '',
      ListenAddresses: '',
      IpRange: '',
      MaxConnections: '',
      DbInstallationPath: '',
      DbDataPath: '',
      DbBackupPath: 'D:\\backup',
    });
  });

  it.each([
    [{ ...INSTALL, DbUserName: 'qlikenserepository' }, 'postgres-install', 'DbUserName is misspelt'],
    [
      { ...INSTALL, DbBackupPath: 'D:\\b' },
      'postgres-install',
      'DbBackupPath is no setting of an installation',
    ],
    [{ ...UPGRADE, IpRange: '::/0' }, 'postgres-upgrade', 'IpRange is no setting of an upgrade'],
    [{ ...UPGRADE, DbBackupPath: '\\\\nas\\b' }, 'postgres-upgrade', 'no network path'],
    [{ ...UPGRADE, DbBackupPath: '//nas/b' }, 'postgres-upgrade', 'no network path'],
    [
      { ...UPGRADE, DbInstallationPath: 'C:\\Program Files\\Qlik\\Sense\\Repository\\PostgreSQL\\12.5' },
      'postgres-upgrade',
      'must not be the place of the bundled database (2.6, p. 144)',
    ],
    [{ DbBackupPath: 'D:\\b' }, 'postgres-upgrade', 'DbSuperUserPassword is needed'],
    [{ DbSuperUserPassword: 'x' }, 'postgres-install', 'DbUserPassword is needed'],
    [{ ...UPGRADE, DbDatapath: 'D:\\d' }, 'postgres-upgrade', 'did you mean "DbDataPath"?'],
  ] as const)('is refused: %j, %s', (settings, mode, problem) => {
    const problems = qpiProblems(settings, mode);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
    expect(() => qpiConfig(TEMPLATE, settings, mode)).toThrow('QpiConfig.cfg cannot be written');
  });
});
