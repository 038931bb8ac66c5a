import type { SecretReference, SiteNode } from '../site/schema.ts';
import type { Findings } from './discover.ts';

/** What is known of a site when its file is first written. What is absent is not known and is never guessed. */
export interface SiteAnswers {
  readonly name?: string;
  readonly release?: string;
  readonly installFolder?: string;
  readonly programDataFolder?: string;
  readonly nodes: readonly (Pick<SiteNode, 'name' | 'host' | 'role' | 'failoverCandidate'> & {
    /** Absent: not known. */
    readonly transport?: SiteNode['transport'];
  })[];
  /** When a failover candidate takes over, as a comment. */
  readonly failover?: string;
  readonly databaseHost?: string;
  readonly databasePort?: number;
  readonly databaseUser?: string;
  /** Absent: pgpass has it. */
  readonly databasePassword?: SecretReference | undefined;
  /** As the server spells them. */
  readonly databaseNames?: readonly string[];
  /** The server and who owns the databases, as comments. */
  readonly databaseFound?: readonly string[];
  /** What is known of the license, as comments. */
  readonly licenseFound?: readonly string[];
  /** Folder of the PostgreSQL client programs, where they are not to be looked for. */
  readonly bin?: string;
  readonly shareRoot?: string;
  readonly shareApps?: string;
  readonly shareStaticContent?: string;
  readonly shareArchivedLogs?: string;
  readonly extra?: readonly { readonly name: string; readonly folder: string }[];
  readonly certificatePassword?: SecretReference;
  readonly vaultFolder?: string;
}

/**
 * What can be said of a site from what was found alone. Passwords get references to names that
 * `sense-runbook secret set` takes; the name of the site is that of this machine.
 */
export function answersFrom(findings: Findings): SiteAnswers {
  const { hostName, release, installFolder, programDataFolder, databasePort } = findings;
  const name = siteName(hostName);
  return {
    ...(name === '' ? {} : { name }),
    ...(release === undefined ? {} : { release }),
    ...(installFolder === undefined ? {} : { installFolder }),
    ...(programDataFolder === undefined ? {} : { programDataFolder }),
    // Without Qlik Sense here, nothing tells which machine is a node.
    nodes:
      installFolder === undefined
        ? []
        : [
            {
              name: 'central',
              host: hostName,
              role: 'central',
              failoverCandidate: false,
              transport: 'local',
            },
          ],
    ...(databasePort === undefined
      ? {}
      : {
          databaseHost: 'localhost',
          databasePort,
          databasePassword: { secret: 'database' },
        }),
    certificatePassword: { secret: 'certificates' },
  };
}

/** A name for a site made of a host name: its first label in small letters, what is not allowed left out. */
function siteName(hostName: string): string {
  const label = hostName.split('.')[0] ?? '';
  return label
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '')
    .replace(/^-+/, '')
    .slice(0, 31);
}
