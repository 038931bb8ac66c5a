import type { CheckResult } from '../contract/action.ts';
import { formatBytes } from '../foundation/human.ts';
import type { RecordedRole } from '../postgres/recorded-roles.ts';
import type { ServerFacts } from '../postgres/server.ts';
import type { ServerIdentity } from '../postgres/server-identity.ts';

/** Versions that Qlik Sense takes on a server of one's own (manual 1.3, p. 21: May 2025). */
const SUPPORTED_MAJORS = { from: 12, to: 16 } as const;

const failed = (id: string, message: string, hint: string): CheckResult => ({
  id,
  status: 'failed',
  message,
  hint,
});
const warning = (id: string, message: string, hint: string): CheckResult => ({
  id,
  status: 'warning',
  message,
  hint,
});

/** One server as both judges see it. */
export interface SeenServer {
  readonly facts: ServerFacts;
  readonly identity: ServerIdentity;
}

/** Whether the one is a server that the other can be moved to. */
export function judgeServers(source: SeenServer, target: SeenServer, wanted: string): CheckResult[] {
  const { facts, identity } = target;
  const { from, to } = SUPPORTED_MAJORS;
  const id = 'new-server';
  const name = `PostgreSQL ${facts.version}`;
  if (identity.identifier === source.identity.identifier)
    return [
      failed(
        id,
        'The new server is the one that the site has now.',
        'Give the port of the other one: --set newPort=...',
      ),
    ];
  return [
    ...(facts.superuser
      ? []
      : [failed(id, 'The user is no superuser on the new server.', 'Make it one there.')]),
    ...(facts.standby
      ? [failed(id, 'The new server is a standby, which is read-only.', 'Give its primary.')]
      : []),
    ...(facts.major > source.facts.major
      ? []
      : [
          failed(
            id,
            `${name} is not later than ${source.facts.version}, which the site has.`,
            'A dump goes to a later major version. For an update within one, its own installer is enough.',
          ),
        ]),
    ...(wanted === '' || Number(wanted) === facts.major
      ? []
      : [failed(id, `${name} answers, and ${wanted} was expected.`, 'Look at newPort and at "to".')]),
    ...(facts.major >= from && facts.major <= to
      ? []
      : [
          failed(
            id,
            `Qlik Sense May 2025 takes PostgreSQL ${String(from)} to ${String(to)}, and the new server is ${facts.version}.`,
            'Install one of those (manual 1.3, p. 21).',
          ),
        ]),
    ...(source.identity.ssl && !identity.ssl
      ? [
          failed(
            'new-server-ssl',
            'The old server speaks SSL and the new one does not: nodes that ask for it would not get in.',
            'Copy server.pem and server_key.pem into its data folder and set ssl there (manual 6.7, p. 244), restart it.',
          ),
        ]
      : []),
  ];
}

/** Whether the ports can be exchanged. */
export function judgePorts(servers: readonly SeenServer[]): CheckResult[] {
  return servers
    .filter(({ identity }) => identity.portSource === 'command line')
    .map(({ facts }) =>
      failed(
        'new-server-port',
        `PostgreSQL ${facts.version} has its port from its command line: no setting changes it.`,
        'Take -p out of the command of its service, restart it, and set port in its postgresql.conf.',
      ),
    );
}

/** Whether nothing is in the way on the new server, and what stays behind on the old one. */
export function judgeDatabases(
  source: ServerFacts,
  target: ServerFacts,
  names: readonly string[],
): CheckResult[] {
  const ours = (name: string): boolean => names.some((other) => other.toLowerCase() === name.toLowerCase());
  const there = target.databases.filter(({ name }) => ours(name)).map(({ name }) => name);
  const others = source.databases.filter(({ name }) => !ours(name) && name !== 'postgres');
  return [
    ...(there.length === 0
      ? []
      : [
          failed(
            'new-server-empty',
            `The new server has ${there.join(', ')} already.`,
            'It must have no database of the site: drop or rename them there.',
          ),
        ]),
    ...(others.length === 0
      ? []
      : [
          warning(
            'new-server-others',
            `Not of the site, and not moved: ${others.map(({ name }) => name).join(', ')}.`,
            'Whoever uses them looks for them at the old port: move them yourself.',
          ),
        ]),
  ];
}

/** Roles that are on both servers and are not known to have the same password. */
export function judgeRoles(source: readonly RecordedRole[], target: readonly RecordedRole[]): CheckResult[] {
  const other = source.filter(
    (role) =>
      role.login &&
      !role.superuser &&
      target.some((there) => there.name === role.name && there.passwordHash !== role.passwordHash),
  );
  return other.map(({ name }) =>
    failed(
      'new-server-roles',
      `The role ${name} is on the new server with another password than on the old one.`,
      `Drop it there: it is made with the password that the nodes have. (DROP ROLE "${name.replaceAll('"', '""')}")`,
    ),
  );
}

/** Whether there is room. */
export function judgeRoom(id: string, what: string, free: number, needed: number): CheckResult {
  const message = `${formatBytes(free)} free for ${what}, at most about ${formatBytes(needed)} needed.`;
  return free >= needed ? { id, status: 'ok', message } : failed(id, message, 'Make room.');
}
