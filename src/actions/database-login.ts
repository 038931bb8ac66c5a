import type { ExecuteContext, ReadContext } from '../contract/action.ts';
import { CommandError, ExpectedError, JournalError, messageOf, TimeLimitError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { CommandOperation, HttpOperation, Operation } from '../contract/operation.ts';
import { quoted } from '../foundation/quoted.ts';
import { isThisMachine } from '../foundation/same-host.ts';
import { joinPath } from '../site/paths.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { repositoryName } from './database-names.ts';
import { factOf } from './failure.ts';

const LIMIT_MS = 60_000;
const CONNECT_MS = 20_000;
const ATTEMPTS = 5;
const PAUSE_MS = 500;

/** As who, and under which host the node knows the database; empty: the site file's. */
export interface LoginWanted {
  readonly role: string;
  readonly 'database-host': string;
}

/**
 * What was seen of a login. `in` and `password` (it was asked for one) show that listen_addresses, firewall and pg_hba.conf let
 * the node in; `reached`, a plain connection, does not show the last. `refused`: it is not let in. `not-asked`: nothing there
 * could try.
 */
export interface Seen {
  readonly login: 'in' | 'password' | 'reached' | 'refused' | 'unclear' | 'not-asked';
  /** Why it is not more, one line. */
  readonly said: string;
}

/** A port of the database, as the node knows it. */
interface Door {
  readonly host: string;
  readonly port: number;
  readonly operation: HttpOperation;
}

/** Both may be left out while it runs: the second is for a psql that is not there or does not start. */
interface Means {
  readonly login?: CommandOperation;
  readonly connection?: Door;
  /** Why there is no login among them; `unknown`: it could not be looked at. */
  readonly lacking: string;
  readonly unknown?: true;
}

type Collaborators = Pick<ActionCollaborators, 'site' | 'database' | 'clock'>;

/** Tries from a node whether the database lets it in, with what is there: psql, else a connection alone. */
export function createDatabaseLogin(c: Collaborators) {
  const repository = repositoryName(c.site.database.names);

  /** Another machine has a localhost of its own: there the database of this one is that of the central node. */
  function hostFor(node: ReadableNode, wanted: LoginWanted, nodes: readonly ReadableNode[]): string {
    if (wanted['database-host'] !== '') return wanted['database-host'];
    const { host } = c.site.database;
    if (isHere(node) || !isThisMachine(host)) return host;
    return nodes.find(({ role }) => role === 'central')?.host ?? host;
  }

  function psqlWords(program: string, host: string, { role }: LoginWanted): string[] {
    const server = ['-h', host, '-p', String(c.site.database.port)];
    return [program, '-X', '-w', ...server, '-U', role, '-d', repository, '-c', 'select 1'];
  }

  async function findPsql({
    node,
    signal,
  }: ReadContext): Promise<{ psql?: string; lacking: string; unknown?: true }> {
    try {
      if (isHere(node)) {
        const { major } = await c.database.facts();
        return { psql: (await c.database.programs(major)).psql, lacking: '' };
      }
      if (node.findProgram === undefined) return { lacking: 'nothing runs programs there' };
      const [psql] = await node.findProgram('psql.exe', psqlFolders(c), signal);
      return psql === undefined ? { lacking: 'there is no psql.exe' } : { psql, lacking: '' };
    } catch (error) {
      signal.throwIfAborted();
      return { lacking: firstLine(factOf(error)), unknown: true };
    }
  }

  async function means(wanted: LoginWanted, context: ReadContext): Promise<Means> {
    const host = hostFor(context.node, wanted, context.nodes);
    const { psql, ...about } = await findPsql(context);
    return {
      ...about,
      ...(psql === undefined ? {} : { login: loginOf(psqlWords(psql, host, wanted)) }),
      ...(context.node.connects === undefined ? {} : { connection: doorOf(host, c.site.database.port) }),
    };
  }

  return {
    /** What may be done, and why no login is among it; `unknown`: that could not be looked at. */
    async plan(
      wanted: LoginWanted,
      context: ReadContext,
    ): Promise<Pick<Means, 'lacking' | 'unknown'> & { readonly operations: readonly Operation[] }> {
      const { login, connection, ...about } = await means(wanted, context);
      return { ...about, operations: [login, connection?.operation].filter((one) => one !== undefined) };
    },

    /** What somebody types on the node to see it. */
    byHand(node: ReadableNode, wanted: LoginWanted, nodes: readonly ReadableNode[]): string {
      const host = hostFor(node, wanted, nodes);
      const psql = psqlWords('psql', host, wanted).map(quoted).join(' ');
      const port = `Test-NetConnection ${quoted(host)} -Port ${String(c.site.database.port)}`;
      return `On ${node.name} type \`${psql}\`: "no password supplied" is enough. Without psql, in PowerShell \`${port}\`: it shows all but pg_hba.conf.`;
    },

    /** Tries it. What the plan has not, since a psql was not there then, is not done. */
    async attempt(wanted: LoginWanted, context: ExecuteContext): Promise<Seen> {
      const { login, connection, lacking } = await means(wanted, context);
      let seen: Seen = { login: 'not-asked', said: lacking };
      if (login !== undefined && context.isPlanned(login))
        seen = await patiently(() => logIn(login, context), context);
      if (seen.login !== 'not-asked' && seen.login !== 'unclear') return seen;
      if (connection === undefined || !context.isPlanned(connection.operation)) return seen;
      return patiently(() => connect(connection, seen, context), context);
    },
  };

  /** The server reads its files a moment after it was told to. */
  async function patiently(look: () => Promise<Seen>, { signal }: ExecuteContext): Promise<Seen> {
    for (let attempt = 1; ; attempt += 1) {
      const seen = await look();
      if (seen.login !== 'refused' || attempt === ATTEMPTS) return seen;
      await c.clock.sleep(PAUSE_MS, signal);
    }
  }
}

function loginOf(argv: readonly string[]): CommandOperation {
  return { kind: 'command', argv, env: ['PGPASSFILE'], effect: 'read', repeat: true };
}

function doorOf(host: string, port: number): Door {
  const url = `tcp://${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
  return { host, port, operation: { kind: 'http', method: 'GET', url, effect: 'read', repeat: true } };
}

function isHere({ transport }: ReadableNode): boolean {
  return transport === 'local' || transport === 'simulated';
}

/** Where Qlik's installers and that of PostgreSQL put psql, a sub-folder a version (manual 5.6, p. 208; 2.6, p. 143). */
function psqlFolders({ site }: Pick<Collaborators, 'site'>): string[] {
  return [
    joinPath(site.qlik.installFolder, 'Repository', 'PostgreSQL'),
    String.raw`%ProgramFiles%\Qlik\Sense\Repository\PostgreSQL`,
    String.raw`%ProgramFiles%\PostgreSQL`,
  ];
}

async function logIn(operation: CommandOperation, context: ExecuteContext): Promise<Seen> {
  // No file of passwords, and messages in English.
  const env = { LC_ALL: 'C', PGPASSFILE: 'none', PGCONNECT_TIMEOUT: String(CONNECT_MS / 1000) };
  try {
    await context.exec(operation, { env, timeoutMs: LIMIT_MS });
    return { login: 'in', said: '' };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof TimeLimitError) return { login: 'refused', said: 'no answer in time' };
    if (!(error instanceof ExpectedError) || error instanceof JournalError) throw error;
    // Without a code it did not start.
    if (!(error instanceof CommandError) || error.code === undefined)
      return { login: 'not-asked', said: firstLine(error.message) };
    const last = error.stderr.trim().split(/\r?\n/).at(-1) ?? '';
    // On Windows one that lacks a library says nothing.
    return { login: verdictOf(error.stderr), said: last === '' ? firstLine(messageOf(error)) : last };
  }
}

/** A plain connection; why there was no login stays said. */
async function connect(
  { host, port, operation }: Door,
  before: Seen,
  context: ExecuteContext,
): Promise<Seen> {
  const { connects } = context.node;
  if (connects === undefined) return before;
  try {
    const found = await context.perform(operation, (signal) =>
      connects(host, port, { timeoutMs: CONNECT_MS, signal }),
    );
    return found.reached
      ? { login: 'reached', said: before.said }
      : { login: 'refused', said: firstLine(found.why) };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof JournalError) throw error;
    return { ...before, said: `${before.said}; ${firstLine(factOf(error))}` };
  }
}

/** The client's own words, and the server's, which may be in another language. */
function verdictOf(stderr: string): Seen['login'] {
  // The client of 9.6 does not know how to give a SCRAM password: it was asked for one all the same.
  if (
    /no password supplied|authentication method 10 not supported|SCRAM authentication requires/i.test(stderr)
  )
    return 'password';
  if (/pg_hba\.conf|could not connect|connection .*failed|timeout expired|could not translate/i.test(stderr))
    return 'refused';
  return 'unclear';
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
