import { isThisMachine } from '../foundation/same-host.ts';
import { fillConfig, refuseProblems, settingProblems, type ConfigSettings } from './config-file.ts';
import {
  flag,
  ipRange,
  listenAddresses,
  oneCharacterSet,
  port,
  text,
  wholeNumber,
  wholePath,
  type SettingRule,
} from './setting-checks.ts';

const FIRST = '4.1, p. 181';
const SECOND = '4.1, p. 182';

/** Every setting of the configuration file of shared persistence (manual 4.1, p. 180 to 182). */
export const SPC_SETTINGS = {
  DbUserName: { check: oneCharacterSet, source: FIRST },
  DbUserPassword: { check: oneCharacterSet, source: FIRST },
  DbHost: { check: text, source: FIRST },
  DbPort: { check: port, source: FIRST },
  RootDir: { check: wholePath, source: FIRST },
  StaticContentRootDir: { check: wholePath, source: FIRST },
  ArchivedLogsDir: { check: wholePath, source: FIRST },
  AppsDir: { check: wholePath, source: FIRST },
  CreateCluster: { check: flag, source: FIRST },
  JoinCluster: { check: flag, source: FIRST },
  InstallLocalDb: { check: flag, source: FIRST },
  ConfigureDbListener: { check: flag, source: FIRST },
  ListenAddresses: { check: listenAddresses, source: SECOND },
  IpRange: { check: ipRange, source: SECOND },
  MaxConnections: { check: wholeNumber(1, 100_000), source: SECOND },
  HttpPortNumber: { check: port, source: SECOND },
  HttpsPortNumber: { check: port, source: SECOND },
  EnableHttpPort: { check: flag, source: SECOND },
  DbMaximumConnectionPoolSize: { check: wholeNumber(90, 1000), source: SECOND },
} satisfies Readonly<Record<string, SettingRule>>;

const NEEDED = ['DbUserName', 'DbUserPassword', 'DbHost', 'DbPort', 'RootDir'] as const;

/** Subfolders of the share where the manual's example has them. */
const BELOW_ROOT = {
  StaticContentRootDir: 'StaticContent',
  ArchivedLogsDir: 'ArchivedLogs',
  AppsDir: 'Apps',
};

/**
 * Fills `templates/spc.cfg`. Folders of the share that are not given are the manual's; `MaxConnections` is 100 for each of
 * `nodes` where setup installs the database. Everything else that is not given is left out: setup has defaults.
 * @throws UsageError for everything that is wrong with the settings, told at once
 */
export function spcConfig(template: string, settings: ConfigSettings, nodes: number): string {
  refuseProblems('spc.cfg', spcProblems(settings, nodes));
  return fillConfig(template, withDefaults(settings, nodes), 'left-out');
}

/** What is wrong with the settings; empty when the file can be written. */
export function spcProblems(settings: ConfigSettings, nodes: number): string[] {
  return [
    ...settingProblems(settings, SPC_SETTINGS),
    ...NEEDED.filter((name) => !given(settings, name)).map((name) => `${name} is needed (${FIRST})`),
    ...clusterProblems(settings),
    ...joinProblems(settings),
    ...databaseProblems(settings, nodes),
    ...(settings['EnableHttpPort'] === 'true' &&
    (settings['HttpPortNumber'] ?? '80') === (settings['HttpsPortNumber'] ?? '443')
      ? ['HttpPortNumber and HttpsPortNumber must differ']
      : []),
  ];
}

function clusterProblems(settings: ConfigSettings): string[] {
  const create = given(settings, 'CreateCluster');
  if (create && given(settings, 'JoinCluster'))
    return [`only one of CreateCluster and JoinCluster may be given (${FIRST})`];
  if (settings[create ? 'CreateCluster' : 'JoinCluster'] !== 'true')
    return [`CreateCluster or JoinCluster must be true (${FIRST})`];
  return [];
}

/** What a node that joins would look for on itself. */
function joinProblems(settings: ConfigSettings): string[] {
  if (settings['JoinCluster'] !== 'true') return [];
  const problems: string[] = [];
  const host = settings['DbHost'] ?? '';
  if (isThisMachine(host))
    problems.push(`DbHost must be the name of the machine with the database, not "${host}" (${FIRST})`);
  const root = settings['RootDir'] ?? '';
  if (/^[a-z]:/i.test(root))
    problems.push(`RootDir must be a share that every node reaches, not "${root}" (2.3, p. 130)`);
  return problems;
}

function databaseProblems(settings: ConfigSettings, nodes: number): string[] {
  const problems: string[] = [];
  if (given(settings, 'InstallLocalDb') && settings['CreateCluster'] !== 'true')
    problems.push(`InstallLocalDb goes only with CreateCluster (${FIRST})`);
  if (settings['ConfigureDbListener'] === 'true')
    for (const name of ['ListenAddresses', 'IpRange'])
      if (!given(settings, name)) problems.push(`${name} is needed by ConfigureDbListener (${FIRST})`);
  const connections = settings['MaxConnections'] ?? '';
  if (/^\d{1,6}$/.test(connections) && Number(connections) < 100 * nodes)
    problems.push(
      `MaxConnections must be at least ${String(100 * nodes)}, 100 for each node, not ${connections} (${SECOND})`,
    );
  return problems;
}

function withDefaults(settings: ConfigSettings, nodes: number): ConfigSettings {
  const root = settings['RootDir'] ?? '';
  const separator = root.startsWith('/') ? '/' : '\\';
  const below = Object.entries(BELOW_ROOT).map(([name, folder]) => [
    name,
    `${root.replace(/[\\/]+$/, '')}${separator}${folder}`,
  ]);
  const added: ConfigSettings = {
    ...(Object.fromEntries(below) as ConfigSettings),
    ...(settings['InstallLocalDb'] === 'true' ? { MaxConnections: String(100 * nodes) } : {}),
  };
  const own = Object.entries(settings).filter(([name]) => given(settings, name));
  return { ...added, ...(Object.fromEntries(own) as ConfigSettings) };
}

function given(settings: ConfigSettings, name: string): boolean {
  return (settings[name] ?? '') !== '';
}
