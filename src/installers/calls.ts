/** What an installer is asked to do. */
type InstallerMode = 'install' | 'install-from-dump' | 'upgrade' | 'repair' | 'uninstall';

/** One argument, as the manual writes it. */
export interface InstallerArgument {
  /** With its dash where it has one: `-silent`, `accepteula`. */
  readonly name: string;
  readonly value: 'none' | '1|0' | 'path' | 'password' | 'text';
  /** True when the manual calls it mandatory in this mode. */
  readonly mandatory?: boolean;
  /** True when the value follows behind `=` although the name has a dash: `-log=PATH`. */
  readonly joined?: boolean;
  readonly source: string;
}

/** One way to call one installer. */
export interface InstallerCall {
  readonly program: string;
  readonly mode: InstallerMode | 'patch' | 'uninstall-patch' | 'postgres-install' | 'postgres-upgrade';
  readonly arguments: readonly InstallerArgument[];
  /** What the manual leaves open or says two ways. */
  readonly note?: string;
}

const SILENT: InstallerArgument = { name: '-silent', value: 'none', mandatory: true, source: '4.1, p. 178' };
const LOG: InstallerArgument = { name: '-log', value: 'path', source: '4.1, p. 178' };

/** Every mode with the arguments of that mode and no other. */
export const INSTALLER_CALLS: readonly InstallerCall[] = [
  {
    program: 'Qlik_Sense_setup.exe',
    mode: 'install',
    arguments: [
      SILENT,
      LOG,
      { name: 'accepteula', value: '1|0', mandatory: true, source: '4.1, p. 178' },
      { name: 'desktopshortcut', value: '1|0', source: '4.1, p. 178' },
      { name: 'skipstartservices', value: '1|0', source: '4.1, p. 178' },
      { name: 'installdir', value: 'path', source: '4.1, p. 179' },
      { name: 'userwithdomain', value: 'text', source: '4.1, p. 179' },
      { name: 'userpassword', value: 'password', source: '4.1, p. 179' },
      { name: 'dbpassword', value: 'password', source: '4.1, p. 179' },
      { name: 'hostname', value: 'text', source: '4.1, p. 179' },
      { name: 'spc', value: 'path', mandatory: true, source: '4.1, p. 179' },
      { name: 'senddata', value: '1|0', source: '4.1, p. 179' },
      { name: 'skipvalidation', value: '1|0', source: '4.1, p. 180' },
      { name: 'bundleinstall', value: 'text', source: '4.1, p. 180' },
    ],
  },
  {
    program: 'Qlik_Sense_setup.exe',
    mode: 'install-from-dump',
    arguments: [{ name: 'databasedumpfile', value: 'path', mandatory: true, source: '3.6 step 7, p. 173' }],
    note: 'The path must be absolute. Whether other arguments go with it, the manual does not say.',
  },
  {
    program: 'Qlik_Sense_setup.exe',
    mode: 'upgrade',
    arguments: [
      { ...SILENT, source: '4.2, p. 183' },
      { ...LOG, source: '4.2, p. 184' },
      { name: 'accepteula', value: '1|0', mandatory: true, source: '4.2, p. 184' },
      { name: 'desktopshortcut', value: '1|0', source: '4.2, p. 184' },
      { name: 'skipstartservices', value: '1|0', source: '4.2, p. 184' },
      { name: 'installdir', value: 'path', source: '4.2, p. 184' },
      { name: 'userpassword', value: 'password', source: '4.2, p. 184' },
      { name: 'dbpassword', value: 'password', source: '4.2, p. 184' },
      { name: 'bundleinstall', value: 'text', source: '4.2, p. 184' },
      { name: 'keepcurrentsettings', value: '1|0', source: '4.2, p. 184' },
    ],
  },
  {
    program: 'Qlik_Sense_setup.exe',
    mode: 'repair',
    arguments: [
      { ...SILENT, source: '4.3, p. 185' },
      { name: '-repair', value: 'none', mandatory: true, source: '4.3, p. 185' },
      { ...LOG, source: '4.3, p. 185' },
    ],
  },
  {
    program: 'Qlik_Sense_setup.exe',
    mode: 'uninstall',
    arguments: [
      SILENT,
      { name: '-uninstall', value: 'none', mandatory: true, source: '4.1, p. 178' },
      LOG,
      { name: 'cleanup', value: '1|0', source: '4.1, p. 179' },
    ],
  },
  {
    program: 'Qlik_Sense_update.exe',
    mode: 'patch',
    arguments: [
      { name: 'install', value: 'none', mandatory: true, source: '4.4, p. 186' },
      { name: 'startservices', value: 'none', source: '4.4, p. 186' },
      { name: 'log', value: 'path', source: '4.4, p. 186' },
    ],
  },
  {
    program: 'Qlik_Sense_update.exe',
    mode: 'uninstall-patch',
    arguments: [
      { name: 'uninstall', value: 'none', mandatory: true, source: '4.4, p. 186' },
      { name: 'startservices', value: 'none', source: '4.4, p. 186' },
      { name: 'log', value: 'path', source: '4.4, p. 186' },
    ],
  },
  {
    program: 'Qlik_PostgreSQL_setup.exe',
    mode: 'postgres-install',
    arguments: [
      { ...SILENT, source: '2.6, p. 149' },
      { ...LOG, joined: true, source: '2.6, p. 149' },
      { name: 'acceptqca', value: '1|0', mandatory: true, source: '2.6, p. 149' },
      { name: 'iprange', value: 'text', source: '2.6, p. 149' },
      { name: 'maxconnections', value: 'text', source: '2.6, p. 149' },
      { name: 'dbinstallationpath', value: 'path', source: '2.6, p. 149' },
      { name: 'dbdatapath', value: 'path', source: '2.6, p. 149' },
      { name: 'listenaddresses', value: 'text', source: '2.6, p. 150' },
      { name: 'dbusername', value: 'text', source: '2.6, p. 150' },
      { name: 'dbuserpassword', value: 'password', source: '2.6, p. 150' },
      { name: 'dbsuperuserpassword', value: 'password', source: '2.6, p. 150' },
      { name: 'dbhost', value: 'text', source: '2.6, p. 150' },
      { name: 'dbport', value: 'text', source: '2.6, p. 150' },
      { name: 'qpiconfig', value: 'path', source: '2.6, p. 150' },
    ],
    note: 'The samples misspell the user: the role is qliksenserepository.',
  },
  {
    program: 'Qlik_PostgreSQL_setup.exe',
    mode: 'postgres-upgrade',
    arguments: [
      { ...SILENT, source: '2.6, p. 149' },
      { ...LOG, joined: true, source: '2.6, p. 149' },
      { name: 'acceptqca', value: '1|0', mandatory: true, source: '2.6, p. 149' },
      { name: 'dbinstallationpath', value: 'path', source: '2.6, p. 149' },
      { name: 'dbdatapath', value: 'path', source: '2.6, p. 149' },
      { name: 'dbbackuppath', value: 'path', source: '2.6, p. 150' },
      { name: 'dbsuperuserpassword', value: 'password', source: '2.6, p. 150' },
      { name: 'dbhost', value: 'text', source: '2.6, p. 150' },
      { name: 'dbport', value: 'text', source: '2.6, p. 150' },
      { name: 'qpiconfig', value: 'path', source: '2.6, p. 150' },
    ],
    note: 'The line of syntax (p. 148) leaves out acceptqca, dbdatapath and dbbackuppath. The table (p. 149-150) has them for an upgrade, acceptqca as mandatory: it is given.',
  },
];
