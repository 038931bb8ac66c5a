import { siteFileText } from './site-text.ts';

/** `templates/site.example.yaml`: the text `init` writes for a site with one rim node. */
export function exampleSiteFile(): string {
  return siteFileText({
    name: 'production',
    release: 'May 2025',
    installFolder: 'C:\\Program Files\\Qlik\\Sense',
    programDataFolder: 'C:\\ProgramData\\Qlik\\Sense',
    nodes: [
      { name: 'central', host: 'QLIK01', role: 'central', failoverCandidate: false, transport: 'local' },
      { name: 'rim1', host: 'QLIK02', role: 'rim', failoverCandidate: true, transport: 'winrm' },
    ],
    databaseHost: 'localhost',
    databasePassword: { secret: 'database' },
    shareRoot: '\\\\fileserver\\QlikShare',
    certificatePassword: { secret: 'certificates' },
    vaultFolder: '\\\\backup\\qlik',
  }).text;
}
