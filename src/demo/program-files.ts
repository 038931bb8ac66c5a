import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultConfigFiles, defaultLogFolders } from '../site/defaults.ts';
import type { DemoPaths } from './site-paths.ts';

const LOG_LINES = 300;

/**
 * Writes what an installation has besides its programs: the configuration files that a backup keeps, the exported
 * certificates and logs. Both nodes are on this machine and share them.
 */
export async function writeProgramFiles(paths: DemoPaths): Promise<void> {
  for (const pattern of defaultConfigFiles(paths)) {
    const file = pattern.replace(/\*(?=.LocalLogConfig)/, 'Engine').replace('*', '14');
    if (file.endsWith('Exported Certificates')) {
      for (const name of ['client.pem', 'server.pem', 'root.pem'])
        await put(path.join(file, '.Local Certificates', name), '-----BEGIN CERTIFICATE-----\n');
    } else await put(file, contentOf(file));
  }
  for (const folder of defaultLogFolders(paths)) {
    for (const service of ['Engine', 'Proxy', 'Repository', 'Scheduler']) {
      for (const kind of ['Audit', 'System', 'Trace'])
        await put(path.join(folder, service, kind, `QS1_${kind}_${service}.txt`), log(service));
    }
  }
}

async function put(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

function contentOf(file: string): string {
  if (file.endsWith('.json')) return `${JSON.stringify({ comment: 'geändert für die Demo' }, null, 2)}\n`;
  if (file.endsWith('.config') || file.endsWith('.xml'))
    return '<?xml version="1.0"?>\n<configuration><!-- geändert --></configuration>\n';
  return 'setting = 1\n';
}

function log(service: string): string {
  const line = `20.54.5.0\tINFO\t${service}\tDOMÄNE\\dienst\tDer Dienst läuft\n`;
  return Array.from({ length: LOG_LINES }, (_, index) => `${index + 1}\t${line}`).join('');
}
