import type { Evidence } from '../postgres/evidence-format.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { quoteName } from '../postgres/recreate.ts';
import { taskName } from '../schedule/scheduler.ts';
import { joinPath } from '../site/paths.ts';
import { reflowMarkdown } from '../foundation/reflow.ts';
import { hostNameAdvice } from './bootstrap-rules.ts';
import type { CertificateEntry } from './certificate-index.ts';
import { certificateList, configList, folderList, oneLine } from './restore-lists.ts';
import type { KeptFolder } from './restore-lists.ts';
import { ASIDE, asideScript, backScript, otherSuperusers, rightsScript, roleScript } from './restore-sql.ts';

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
  readonly installFolder: string;
  readonly programDataFolder: string;
  readonly nodes: readonly { readonly name: string; readonly host: string; readonly role: string }[];
  readonly dumps: readonly DumpedDatabase[];
  /** Absent: it was not recorded. */
  readonly evidence?: Evidence;
  readonly certificates: readonly CertificateEntry[];
  /** The file share first. */
  readonly folders: readonly KeptFolder[];
  readonly config: readonly KeptFolder[];
  /** How many apps, users and so on there were, by name; absent: the repository was not asked. */
  readonly counts?: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

const WIDTH = 80;
const BLANK = '_'.repeat(20);
const DONE = `- [ ] done by ${BLANK} at ${BLANK}`;
/** In the order in which the manual's start order is undone: the database stays up. */
const STOPPED = ['Scheduler', 'Engine', 'Proxy', 'Printing', 'Repository'];
/** pg_dump before 11 wrote the schema public into every dump, which a new database has already. */
const WITHOUT_PUBLIC = 11;

/**
 * Fills the template of RESTORE.md for one set: `{{name}}` is replaced by the text of that name. Lines are at most 80
 * columns but for commands, names of files and titles.
 * @throws Error (a bug of ours) when the template names a text that there is not.
 */
export function restoreDocument(template: string, facts: RestoreFacts): string {
  const texts: Readonly<Record<string, string>> = {
    ...plainTexts(facts),
    ...lists(facts),
    ...commands(facts),
  };
  const filled = template.replace(/\{\{(\w+)\}\}/g, (_match, name: string) => {
    const text = texts[name];
    if (text === undefined) throw new Error(`the template of RESTORE.md has no text for {{${name}}}`);
    return text;
  });
  return reflowMarkdown(filled, WIDTH);
}

function plainTexts(facts: RestoreFacts): Record<string, string> {
  const superusers = otherSuperusers(facts).map((name) => `\`${name}\``);
  const advice = hostNameAdvice(facts.release);
  return {
    blank: BLANK,
    done: DONE,
    set: facts.set,
    site: facts.site,
    path: facts.path,
    createdAt: facts.createdAt,
    tool: facts.tool,
    release: facts.release,
    serverVersion: facts.serverVersion,
    clientVersion: facts.clientVersion,
    host: facts.database.host,
    port: String(facts.database.port),
    user: facts.database.user,
    asideName: ASIDE,
    repositoryFolder: joinPath(facts.installFolder, 'Repository'),
    repositoryProgram: joinPath(facts.installFolder, 'Repository', 'Repository.exe'),
    utilProgram: joinPath(facts.installFolder, 'Repository', 'Util', 'QlikSenseUtil', 'QlikSenseUtil.exe'),
    repositoryLogs: joinPath(facts.programDataFolder, 'Log', 'Repository'),
    centralHost: facts.nodes.find(({ role }) => role === 'central')?.host ?? '',
    superusers:
      superusers.length === 0
        ? ''
        : `The old server had further superusers: ${superusers.join(', ')}. Make one only when a dump asks for it.\n\n`,
    expected: old(facts)
      ? ' One error is expected from each of these dumps: `schema "public" already exists`.'
      : '',
    hostNameOtherwise: advice === '' ? '' : ` ${advice}`,
    backupTask: taskName(facts.site, 'backup'),
    recoverTask: taskName(facts.site, 'recover'),
  };
}

function lists(facts: RestoreFacts): Record<string, string> {
  const rims = facts.nodes.filter(({ role }) => role !== 'central');
  const { counts, database } = facts;
  return {
    warnings:
      facts.warnings.length === 0 ? 'None.' : facts.warnings.map((text) => `- ${oneLine(text)}`).join('\n'),
    nodes: facts.nodes.map(({ name, host, role }) => `- Node ${name}: ${host}, ${role}`).join('\n'),
    rims:
      rims.length === 0
        ? 'This site has no rim nodes.'
        : rims.map(({ name, host }) => `${DONE.replace('done', `done on ${name} (${host})`)}`).join('\n'),
    databases: facts.dumps
      .map(
        ({ database: name, file, format, owner, encoding, collate, ctype }) =>
          `- ${name}: \`${file}\` (${format}), owner ${owner}, encoding ${encoding}, collate ${collate}, ctype ${ctype}`,
      )
      .join('\n'),
    certificates: certificateList(facts.certificates),
    folders: folderList(facts.folders, facts.windows),
    config: configList(facts.config),
    oldNames: [
      ...facts.nodes.map(({ name, host }) => `- host of the node ${name}: \`${host}\``),
      `- database: \`${database.host}\`, port ${String(database.port)}`,
      ...facts.folders
        .filter(({ folder }) => /^share\b/.test(folder))
        .map(({ original }) => `- file share: \`${original}\``),
    ].join('\n'),
    counts:
      counts === undefined || Object.keys(counts).length === 0
        ? '- [ ] As many apps and users as there were'
        : `- [ ] As many as there were at the backup: ${Object.entries(counts)
            .map(([name, count]) => `${name} ${String(count)}`)
            .join(', ')}`,
  };
}

function commands(facts: RestoreFacts): Record<string, string> {
  const { database, dumps, windows } = facts;
  const server = ['-h', database.host, '-p', String(database.port), '-U', database.user];
  const command = (name: string, ...rest: string[]): string =>
    [windows ? `${name}.exe` : name, ...server, ...rest].map(quoted).join(' ');
  const repository = dumps.find(({ name }) => name.toUpperCase() === 'QSR')?.database ?? 'QSR';
  return {
    changeFolder: windows ? `cd /d "${facts.path}"` : `cd "${facts.path}"`,
    stop: [...STOPPED.map((name) => `QlikSense${name}Service`), 'QlikSenseServiceDispatcher']
      .map((name) => `sc.exe stop ${name}`)
      .join('\n'),
    psql: command('psql', '-d', 'postgres'),
    repository: quoteName(repository),
    nodeLogin: `psql -w -h <host of the new database> -p ${String(database.port)} -U ${REPOSITORY_ROLE.name} -d ${quoted(repository)} -c "select 1"`,
    roles: roleScript(facts),
    aside: asideScript(facts),
    back: backScript(facts),
    rights: rightsScript(facts),
    create: dumps
      .map(({ owner, encoding, database: name }) =>
        command('createdb', '-O', owner, '-T', 'template0', '-E', encoding, name),
      )
      .join('\n'),
    restore: dumps
      .map(({ database: name, file, format }) =>
        command(
          'pg_restore',
          ...(old(facts) ? [] : ['--exit-on-error']),
          '--no-tablespaces',
          ...(format === 'tar' ? [] : ['-j', '4']),
          ...['-d', name, file],
        ),
      )
      .join('\n'),
  };
}

function old({ clientVersion }: RestoreFacts): boolean {
  return Number.parseInt(clientVersion, 10) < WITHOUT_PUBLIC;
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(argument) ? argument : `"${argument.replaceAll('"', '\\"')}"`;
}
