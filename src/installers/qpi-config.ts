import { fillConfig, refuseProblems, settingProblems, type ConfigSettings } from './config-file.ts';
import {
  ipRange,
  listenAddresses,
  oneCharacterSet,
  port,
  text,
  wholeNumber,
  wholePath,
  type SettingCheck,
  type SettingRule,
} from './setting-checks.ts';

/** What the Qlik PostgreSQL Installer is to do. */
export type QpiMode = 'postgres-install' | 'postgres-upgrade';

interface QpiSetting extends SettingRule {
  /** The one mode it belongs to; absent: both. */
  readonly only?: QpiMode;
}

/** The role as it is. Installer and manual spell their default and their samples "qlikenserepository", with an s missing. */
const ROLE = 'qliksenserepository';

const roleName: SettingCheck = (value) =>
  oneCharacterSet(value) ??
  (value === 'qlikenserepository'
    ? `is misspelt, as in the manual's sample: the role is ${ROLE}`
    : undefined);

// Read as bundled by the next setup, which is why the installer refuses it too.
const freePath: SettingCheck = (value) =>
  wholePath(value) ??
  (/[\\/]repository[\\/]postgresql(?:[\\/]|$)/i.test(value)
    ? 'must not be the place of the bundled database'
    : undefined);

const localPath: SettingCheck = (value) =>
  wholePath(value) ??
  (/^(?:\\\\|\/\/)/.test(value) ? 'must be a folder of this machine, no network path' : undefined);

const PAGE = '2.6, p. 151';

/** Every setting of the configuration file of the Qlik PostgreSQL Installer (manual 2.6, p. 151). */
export const QPI_SETTINGS: Readonly<Record<string, QpiSetting>> = {
  DbUserName: { check: roleName, source: PAGE, only: 'postgres-install' },
  DbUserPassword: { check: oneCharacterSet, source: PAGE, only: 'postgres-install' },
  DbSuperUserPassword: { check: oneCharacterSet, source: PAGE },
  DbHost: { check: text, source: PAGE },
  DbPort: { check: port, source: PAGE },
  ListenAddresses: { check: listenAddresses, source: PAGE, only: 'postgres-install' },
  IpRange: { check: ipRange, source: PAGE, only: 'postgres-install' },
  MaxConnections: { check: wholeNumber(1, 100_000), source: PAGE, only: 'postgres-install' },
  DbInstallationPath: { check: freePath, source: '2.6, p. 144' },
  DbDataPath: { check: freePath, source: '2.6, p. 144' },
  DbBackupPath: { check: localPath, source: '2.6, p. 145', only: 'postgres-upgrade' },
};

/**
 * Fills `templates/QpiConfig.cfg`. What is not given stays empty, and the installer takes its default; only the name of the
 * role is always written where it is asked for, since that default is misspelt.
 * @throws UsageError for everything that is wrong with the settings, told at once
 */
export function qpiConfig(template: string, settings: ConfigSettings, mode: QpiMode): string {
  refuseProblems('QpiConfig.cfg', qpiProblems(settings, mode));
  const role =
    (settings['DbUserName'] ?? '') === '' && mode === 'postgres-install' ? { DbUserName: ROLE } : {};
  return fillConfig(template, { ...settings, ...role }, 'empty');
}

/** What is wrong with the settings; empty when the file can be written. */
export function qpiProblems(settings: ConfigSettings, mode: QpiMode): string[] {
  const isGiven = (name: string) => (settings[name] ?? '') !== '';
  const foreign = Object.entries(QPI_SETTINGS)
    .filter(([name, { only }]) => only !== undefined && only !== mode && isGiven(name))
    .map(
      ([name]) =>
        `${name} is no setting of ${mode === 'postgres-install' ? 'an installation' : 'an upgrade'} (2.6, p. 149)`,
    );
  const needed = ['DbSuperUserPassword', ...(mode === 'postgres-install' ? ['DbUserPassword'] : [])];
  return [
    ...settingProblems(settings, QPI_SETTINGS),
    ...foreign,
    ...needed.filter((name) => !isGiven(name)).map((name) => `${name} is needed (${PAGE})`),
  ];
}
