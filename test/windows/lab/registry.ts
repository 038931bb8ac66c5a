/** Qlik Sense services and what each depends on (manual 1.3, p. 30-31): one of each place in the order of starting. */
export const SERVICES = [
  ['QlikSenseRepositoryDatabase', 'Qlik Sense Repository Database', undefined],
  ['QlikSenseServiceDispatcher', 'Qlik Sense Service Dispatcher', undefined],
  ['QlikSenseRepositoryService', 'Qlik Sense Repository Service', 'QlikSenseRepositoryDatabase'],
  ['QlikSenseEngineService', 'Qlik Sense Engine Service', 'QlikSenseRepositoryService'],
  ['QlikSenseSchedulerService', 'Qlik Sense Scheduler Service', 'QlikSenseRepositoryService'],
] as const;

/** What `states` of the laboratory gives when all is well. */
export const RUNNING: Readonly<Record<string, string>> = Object.fromEntries(
  SERVICES.map(([name]) => [name, 'RUNNING']),
);

/** Programs of which Wine has its own, and takes ours only when told to. */
const OURS = ['sc.exe', 'powershell.exe', 'taskkill.exe', 'whoami.exe', 'msiexec.exe'];

/** A registry file: the services, of automatic start, and which programs are the lab's own. */
export function registryText(): string {
  const lines = ['Windows Registry Editor Version 5.00', ''];
  // Node.js refuses to run on the older one that Wine pretends to be by itself.
  lines.push(
    '[HKEY_CURRENT_USER\\Software\\Wine]',
    '"Version"="win10"',
    '',
    '[HKEY_CURRENT_USER\\Software\\Wine\\DllOverrides]',
  );
  for (const name of OURS) lines.push(`"${name}"="native"`);
  // How long a service may take to answer at its start, as the manual raises it (8.9, p. 306): Wine's 10 s are too short
  // for a machine under load. Milliseconds: 120,000.
  lines.push(
    '',
    '[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Control]',
    '"ServicesPipeTimeout"=dword:0001d4c0',
  );
  for (const [name, display, needs] of SERVICES)
    lines.push(
      '',
      `[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\${name}]`,
      `"DisplayName"="${display}"`,
      // SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL
      '"Type"=dword:00000010',
      '"Start"=dword:00000002',
      '"ErrorControl"=dword:00000001',
      '"ObjectName"="LocalSystem"',
      `"ImagePath"="C:\\\\lab\\\\bin\\\\service.exe ${name}"`,
      ...(needs === undefined ? [] : [`"DependOnService"=hex(7):${utf16(`${needs}\0\0`)}`]),
    );
  return `${lines.join('\r\n')}\r\n`;
}

function utf16(text: string): string {
  return Array.from(Buffer.from(text, 'utf16le'), (byte) => byte.toString(16).padStart(2, '0')).join(',');
}
