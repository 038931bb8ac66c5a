import type { WindowsLab } from './windows-lab.ts';

const SERVICE = { sid: 'S-1-5-21-1-2-3-1001', account: 'LAB\\service' };
const ADMINISTRATORS = { sid: 'S-1-5-32-544', account: 'BUILTIN\\Administrators' };

/** What Windows has. */
export interface WindowsHas {
  /** Whether the account of the services is an administrator; true by default. */
  readonly administrator?: boolean;
  /** Entries of Programs and Features; by default `Qlik Sense May 2025`. */
  readonly installed?: readonly string[];
  /** Why it wants to be restarted; by default it does not. */
  readonly reboot?: readonly string[];
  /** Major version of the bundled database, 14 by default; `replaced`: the Qlik PostgreSQL Installer has made another one. */
  readonly database?: '12.5' | '14' | 'replaced';
}

/**
 * What the stand-in for PowerShell says of a healthy server: who runs what, and that nobody else may use the folders.
 */
export function answerFacts(lab: WindowsLab, has: WindowsHas = {}): void {
  const full = { allow: true, rights: 0x1f01ff, here: true, below: true };
  lab.answer('folder-rights', {
    owner: ADMINISTRATORS,
    runner: SERVICE,
    service: SERVICE,
    rules: [ADMINISTRATORS, SERVICE].map((who) => ({ ...who, ...full })),
  });
  lab.answer('private-folder', { made: true });
  lab.answer('discover', discovered(has));
}

/** What the script `discover` answers. */
export function discovered({
  administrator = true,
  installed = ['Qlik Sense May 2025'],
  reboot = [],
  database = '14',
}: WindowsHas): object {
  const service = (name: string, path: string) => ({ name, path, ...SERVICE, administrator });
  const server = (name: string, folder: string) =>
    service(name, `"${folder}\\bin\\pg_ctl.exe" runservice -N "${name}"`);
  const sense = String.raw`C:\Program Files\Qlik\Sense`;
  const bundled = `${sense}\\Repository\\PostgreSQL\\${database === 'replaced' ? '12.5' : database}`;
  return {
    installed: installed.map((name) => ({ name, version: '14.231.3', location: null })),
    services: [
      service('QlikSenseRepositoryService', `"${sense}\\Repository\\Repository.exe"`),
      server('QlikSenseRepositoryDatabase', bundled),
      ...(database === 'replaced'
        ? [server('postgresql-x64-14', String.raw`C:\Program Files\PostgreSQL\14`)]
        : []),
    ],
    runner: { ...SERVICE, elevated: administrator },
    netRelease: 528_449,
    reboot,
    volumes: [{ name: 'C:\\', free: 20e9, size: 100e9 }],
    odbc: [],
    upgrade: {
      windows: 'Microsoft Windows Server 2022 Standard',
      visualCpp: 'v14.40.33810.00',
      powerShell: '5.1.20348.2849',
      executionPolicy: 'RemoteSigned',
      avx: true,
      proxySettings: false,
    },
  };
}
