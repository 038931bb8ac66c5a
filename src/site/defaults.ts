import { isWindowsPath, joinPath } from './paths.ts';

interface QlikFolders {
  readonly installFolder: string;
  readonly programDataFolder: string;
}

/** Services whose `appsettings.json` names the database (manual 6.7, "Encrypting database connection for services"). */
export const SERVICES_WITH_SETTINGS: readonly string[] = [
  'Licenses',
  'AppDistributionService',
  'HybridDeploymentService',
  'NotifierService',
  'MobilityRegistrarService',
  'NLBroker',
  'NLAppSearch',
  'DataPrepService',
  'PrecedentsService',
];

/**
 * Files and folders with settings that an installation does not bring back (manual chapter 3 "Considerations about
 * custom configurations", 6.7, 9483 for `LocalLogConfig.xml`). `*` stands for any one name: the PostgreSQL version.
 */
export function defaultConfigFiles({ installFolder, programDataFolder }: QlikFolders): string[] {
  const postgresql = [joinPath(programDataFolder, 'Repository', 'PostgreSQL', '*')];
  // Where the Qlik PostgreSQL Installer and EnterpriseDB's put a cluster (manual 2.7, p. 143).
  if (isWindowsPath(installFolder)) postgresql.push('C:\\Program Files\\PostgreSQL\\*\\data');
  return [
    ...['Repository', 'Proxy', 'Scheduler'].map((service) =>
      joinPath(installFolder, service, `${service}.exe.config`),
    ),
    joinPath(installFolder, 'ServiceDispatcher', 'services.conf'),
    ...SERVICES_WITH_SETTINGS.map((service) => joinPath(installFolder, service, 'appsettings.json')),
    joinPath(installFolder, 'CapabilityService', 'Capabilities.json'),
    joinPath(programDataFolder, 'Engine', 'Settings.ini'),
    joinPath(programDataFolder, 'Host.cfg'),
    joinPath(programDataFolder, '*', 'LocalLogConfig.xml'),
    joinPath(programDataFolder, 'Repository', 'Exported Certificates'),
    ...postgresql.flatMap((folder) => [joinPath(folder, 'postgresql.conf'), joinPath(folder, 'pg_hba.conf')]),
  ];
}

/** The log folder of every node (manual 7.2, "The default log files are stored in ..."). */
export function defaultLogFolders({ programDataFolder }: QlikFolders): string[] {
  return [joinPath(programDataFolder, 'Log')];
}
