import { demoConfigFiles } from './program-files.ts';
import type { ServerAddress } from '../postgres/server.ts';
import type { DemoPaths } from './site-paths.ts';

/** Name of the demo's site. */
export const DEMO_SITE = 'demo';

/** The demo's two nodes. */
export const DEMO_NODES = {
  central: { name: 'central', host: 'qs1.demo.example' },
  rim: { name: 'rim', host: 'qs2.demo.example' },
} as const;

/** The text of the demo's `site.yaml`. */
export function demoSiteFile(paths: DemoPaths, database: ServerAddress): string {
  const text = (value: string) => JSON.stringify(value);
  const node = (role: 'central' | 'rim') => `
  - name: ${DEMO_NODES[role].name}
    host: ${DEMO_NODES[role].host}
    role: ${role}
    transport: simulated
    folder: ${text(paths.node(DEMO_NODES[role].name))}`;
  return `# A simulated Qlik Sense site. The database, the files and the certificates are real; only the services are not.
name: ${DEMO_SITE}
qlik:
  release: May 2025
  install-folder: ${text(paths.installFolder)}
  program-data-folder: ${text(paths.programDataFolder)}
nodes:${node('central')}${node('rim')}
database:
  host: ${database.host}
  port: ${database.port}
  user: ${database.user}
  password: { file: ${text(paths.databasePassword)} }
  node: ${DEMO_NODES.central.name}
share:
  root: ${text(paths.share)}
certificates:
  password: { file: ${text(paths.certificatePassword)} }
config:
  files:${demoConfigFiles(paths)
    .map((file) => `\n    - ${text(file)}`)
    .join('')}
extra:
  - name: qvd
    folder: ${text(paths.extra)}
vault:
  folder: ${text(paths.vault)}
timeouts:
  service-stop: 20s
  service-start: 20s
  ready: 30s
state: ${text(paths.state)}
`;
}
