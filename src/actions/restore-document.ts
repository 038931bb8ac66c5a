import type { CertificateEntry } from './certificate-index.ts';
import { ROLE_NAMES } from './certificates.ts';
import { USE_NAMES } from './used-certificates.ts';

/** One dump as the restore procedure needs it. */
export interface DumpedDatabase {
  readonly name: string;
  readonly database: string;
  /** Relative to the set, with `/`. */
  readonly file: string;
  readonly format: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
}

/** One folder of the set and where its content came from. */
export interface KeptFolder {
  /** In the set, with `/`. */
  readonly folder: string;
  readonly original: string;
}

/** Everything of one set that its RESTORE.md tells. */
export interface RestoreFacts {
  readonly set: string;
  readonly site: string;
  readonly path: string;
  readonly createdAt: string;
  readonly tool: string;
  readonly release: string;
  readonly serverVersion: string;
  readonly clientVersion: string;
  readonly database: { readonly host: string; readonly port: number; readonly user: string };
  readonly windows: boolean;
  readonly nodes: readonly { readonly name: string; readonly host: string; readonly role: string }[];
  readonly dumps: readonly DumpedDatabase[];
  readonly certificates: readonly CertificateEntry[];
  readonly folders: readonly KeptFolder[];
  readonly config: readonly KeptFolder[];
  readonly warnings: readonly string[];
}

const STORE_NAMES: Readonly<Record<CertificateEntry['store'], string>> = {
  'LocalMachine/Root':
    'Certificates (Local Computer) > Trusted Root Certification Authorities > Certificates',
  'LocalMachine/My': 'Certificates (Local Computer) > Personal > Certificates',
  'CurrentUser/My': 'Certificates (Current User, the account of the services) > Personal > Certificates',
};

/**
 * Fills the template of RESTORE.md for one set: `{{name}}` is replaced by the text of that name.
 * @throws Error (a bug of ours) when the template names a text that there is not.
 */
export function restoreDocument(template: string, facts: RestoreFacts): string {
  const texts = restoreTexts(facts);
  return template.replace(/\{\{(\w+)\}\}/g, (_match, name: string) => {
    const text = texts[name];
    if (text === undefined) throw new Error(`the template of RESTORE.md has no text for {{${name}}}`);
    return text;
  });
}

function restoreTexts(facts: RestoreFacts): Readonly<Record<string, string>> {
  const { database, dumps } = facts;
  const server = ['-h', database.host, '-p', String(database.port), '-U', database.user];
  const program = (name: string): string => (facts.windows ? `${name}.exe` : name);
  const command = (name: string, ...rest: string[]): string =>
    [program(name), ...server, ...rest].map(quoted).join(' ');
  return {
    set: facts.set,
    site: facts.site,
    path: facts.path,
    createdAt: facts.createdAt,
    tool: facts.tool,
    release: facts.release,
    serverVersion: facts.serverVersion,
    clientVersion: facts.clientVersion,
    host: database.host,
    port: String(database.port),
    user: database.user,
    changeFolder: facts.windows ? `cd /d "${facts.path}"` : `cd "${facts.path}"`,
    centralHost: facts.nodes.find(({ role }) => role === 'central')?.host ?? '',
    warnings: list(facts.warnings, 'None.'),
    nodes: table(
      ['Node', 'Host', 'Role'],
      facts.nodes.map(({ name, host, role }) => [name, host, role]),
    ),
    databases: table(
      ['Database', 'Dump', 'Format', 'Owner', 'Encoding', 'Locale (collate, ctype)'],
      dumps.map((dump) => [
        dump.database,
        dump.file,
        dump.format,
        dump.owner,
        dump.encoding,
        `${dump.collate}, ${dump.ctype}`,
      ]),
    ),
    psql: command('psql', '-d', 'postgres'),
    roles: roleStatements(facts),
    create: dumps
      .map((dump) =>
        command('createdb', '-O', dump.owner, '-T', 'template0', '-E', dump.encoding, dump.database),
      )
      .join('\n'),
    grants: grantStatements(facts),
    restore: dumps.map((dump) => command('pg_restore', '-d', dump.database, dump.file)).join('\n'),
    drop: dumps.map((dump) => command('dropdb', dump.database)).join('\n'),
    certificates: table(
      ['File', 'Certificate', 'Import into', 'Issued to', 'Expires'],
      facts.certificates.map((entry) => [
        entry.file,
        entry.use === undefined ? ROLE_NAMES[entry.role] : USE_NAMES[entry.use],
        STORE_NAMES[entry.store],
        entry.subject,
        entry.notAfter.slice(0, 10),
      ]),
    ),
    folders: table(
      ['In this set', 'Copy it to'],
      facts.folders.map(({ folder, original }) => [folder, original]),
    ),
    config: table(
      ['In this set', 'Was at'],
      facts.config.map(({ folder, original }) => [folder, original]),
    ),
  };
}

/** The roles the databases belong to (manual 2.5, p. 139-140); the superuser of the new server is there already. */
function roleStatements({ dumps, database }: RestoreFacts): string {
  const roles = [...new Set(dumps.map(({ owner }) => owner))].filter((owner) => owner !== database.user);
  if (!roles.includes('qliksenserepository')) roles.push('qliksenserepository');
  return roles
    .filter((role) => role !== '')
    .map((role) =>
      [
        `CREATE ROLE ${identifier(role)} WITH LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION VALID UNTIL 'infinity';`,
        `ALTER ROLE ${identifier(role)} WITH ENCRYPTED PASSWORD '<password of ${role}>';`,
        `GRANT ${identifier(role)} TO ${identifier(database.user)};`,
      ].join('\n'),
    )
    .join('\n\n');
}

/** What dumps of single databases do not hold (manual 2.5, p. 140; for PostgreSQL 15 and 16 also the schema). */
function grantStatements({ dumps, database }: RestoreFacts): string {
  return dumps
    .map(({ database: name }) =>
      [
        `GRANT TEMPORARY, CONNECT ON DATABASE ${identifier(name)} TO PUBLIC;`,
        `GRANT ALL ON DATABASE ${identifier(name)} TO ${identifier(database.user)};`,
        `GRANT CREATE ON DATABASE ${identifier(name)} TO "qliksenserepository";`,
        `\\c ${identifier(name)}`,
        'GRANT ALL ON SCHEMA public TO "qliksenserepository";',
      ].join('\n'),
    )
    .join('\n\n');
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(argument) ? argument : `"${argument.replaceAll('"', '\\"')}"`;
}

function list(items: readonly string[], none: string): string {
  return items.length === 0 ? none : items.map((item) => `- ${item.replaceAll('\n', ' ')}`).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'None in this set.';
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
