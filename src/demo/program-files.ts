import path from 'node:path';
import { outputFile } from 'fs-extra/esm';
import { defaultLogFolders } from '../site/defaults.ts';
import type { DemoPaths } from './site-paths.ts';

const LOG_LINES = 300;

/** Some of the files that the manual changes (6.7, p. 242), and the folder of exported certificates. */
export function demoConfigFiles(paths: DemoPaths): string[] {
  const { installFolder, programDataFolder, postgresql } = paths;
  return [
    path.join(installFolder, 'Repository', 'Repository.exe.config'),
    path.join(installFolder, 'ServiceDispatcher', 'services.conf'),
    path.join(installFolder, 'CapabilityService', 'Capabilities.json'),
    path.join(programDataFolder, 'Engine', 'Settings.ini'),
    path.join(programDataFolder, 'Host.cfg'),
    path.join(programDataFolder, 'Repository', 'Exported Certificates'),
    path.join(postgresql, 'data', 'pg_hba.conf'),
  ];
}

/**
 * Writes what an installation has besides its programs: configuration files, exported certificates and logs. Both
 * nodes are on this machine and share them.
 */
export async function writeProgramFiles(paths: DemoPaths): Promise<void> {
  for (const file of demoConfigFiles(paths)) {
    if (file.endsWith('Exported Certificates')) {
      for (const name of ['client.pem', 'server.pem', 'root.pem'])
        await outputFile(path.join(file, '.Local Certificates', name), '-----BEGIN CERTIFICATE-----\n');
    } else if (!file.startsWith(paths.postgresql)) await outputFile(file, contentOf(file));
  }
  for (const folder of defaultLogFolders(paths)) {
    for (const service of ['Engine', 'Proxy', 'Repository', 'Scheduler']) {
      for (const kind of ['Audit', 'System', 'Trace'])
        await outputFile(path.join(folder, service, kind, `QS1_${kind}_${service}.txt`), log(service));
    }
  }
}

function contentOf(file: string): string {
  if (file.endsWith('.json')) return `${JSON.stringify({ comment: 'geändert für die Demo' }, null, 2)}\n`;
  if (file.endsWith('.config'))
    return '<?xml version="1.0"?>\n<configuration><!-- geändert --></configuration>\n';
  return 'setting = 1\n';
}

function log(service: string): string {
  const line = `20.54.5.0\tINFO\t${service}\tDOMÄNE\\dienst\tDer Dienst läuft\n`;
  return Array.from({ length: LOG_LINES }, (_, index) => `${index + 1}\t${line}`).join('');
}
