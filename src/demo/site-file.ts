import { stringify } from 'yaml';
import type { ServerAddress } from '../postgres/server.ts';
import { demoConfigFiles } from './program-files.ts';
import type { DemoPaths } from './site-paths.ts';
import { DEMO_SHAPE } from './site-shape.ts';
import type { ShapeNode, SiteShape } from './site-shape.ts';

/** The text of a simulated site's `site.yaml`. */
export function demoSiteFile(
  paths: DemoPaths,
  database: ServerAddress,
  shape: SiteShape = DEMO_SHAPE,
): string {
  const node = ({ name, host, role, failoverCandidate }: ShapeNode) => `
  - name: ${text(name)}
    host: ${text(host)}
    role: ${role}${failoverCandidate ? '\n    failover-candidate: true' : ''}
    transport: simulated
    folder: ${text(paths.node(name))}`;
  return `# A simulated Qlik Sense site. The database, the files and the certificates are real; only the services are not.
name: ${text(shape.name)}
qlik:
  release: May 2025
  install-folder: ${text(paths.installFolder)}
  program-data-folder: ${text(paths.programDataFolder)}
nodes:${shape.nodes.map(node).join('')}
database:
  host: ${database.host}
  port: ${database.port}
  user: ${database.user}
  password: { file: ${quoted(paths.databasePassword)} }${shape.databaseNode === undefined ? '' : `\n  node: ${text(shape.databaseNode)}`}
share:
  root: ${text(paths.share)}
certificates:
  password: { file: ${quoted(paths.certificatePassword)} }
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

/** A value on one line, in quotes where YAML would read something else. */
function text(value: string): string {
  return stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
}

/** In braces and brackets more characters have a meaning, so there it is always in quotes. */
function quoted(value: string): string {
  return JSON.stringify(value);
}
