import type { WindowsLab } from './windows-lab.ts';

const SERVICE = { sid: 'S-1-5-21-1-2-3-1001', account: 'LAB\\service' };
const ADMINISTRATORS = { sid: 'S-1-5-32-544', account: 'BUILTIN\\Administrators' };

/**
 * What the stand-in for PowerShell says of a healthy server: who runs what, and that nobody else may use the folders.
 * `administrator`: whether the account of the services is one.
 */
export function answerFacts(lab: WindowsLab, { administrator = true } = {}): void {
  const full = { allow: true, rights: 0x1f01ff, here: true, below: true };
  lab.answer('folder-rights', {
    owner: ADMINISTRATORS,
    runner: SERVICE,
    service: SERVICE,
    rules: [ADMINISTRATORS, SERVICE].map((who) => ({ ...who, ...full })),
  });
  lab.answer('private-folder', { made: true });
  const service = (name: string, path: string) => ({ name, path, ...SERVICE, administrator });
  const sense = String.raw`C:\Program Files\Qlik\Sense`;
  lab.answer('discover', {
    installed: [{ name: 'Qlik Sense May 2025', version: '14.231.3', location: null }],
    services: [
      service('QlikSenseRepositoryService', `"${sense}\\Repository\\Repository.exe"`),
      service(
        'QlikSenseRepositoryDatabase',
        `"${sense}\\Repository\\PostgreSQL\\14\\bin\\pg_ctl.exe" runservice -N "QlikSenseRepositoryDatabase"`,
      ),
    ],
    runner: { ...SERVICE, elevated: administrator },
    netRelease: 528_449,
    reboot: [],
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
  });
}
