import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import { CommandError, ExpectedError, messageOf, StepError, TimeLimitError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { CommandOperation } from '../contract/operation.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { repositoryName } from './database-names.ts';
import { factOf } from './failure.ts';

const LIMIT_MS = 60_000;
const ATTEMPTS = 5;
const PAUSE_MS = 500;

const input = z.strictObject({
  role: z.string().min(1).default(REPOSITORY_ROLE.name),
  /** Host of the database as the node knows it; empty: the site file's. */
  'database-host': z.string().default(''),
});

type Input = z.infer<typeof input>;

/** What the server said to a login. */
type Verdict = 'in' | 'password' | 'refused' | 'unclear';

/**
 * Whether the database lets a node in as the repository role. Nobody here has the password of that role: being asked for it
 * shows that pg_hba.conf and listen_addresses admit the node. A node without psql is a note.
 */
export function createRestoreLogin(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'clock'>,
): Action<Input, null> {
  async function psqlOn(node: ReadableNode): Promise<string> {
    if (node.transport !== 'local' && node.transport !== 'simulated') return 'psql.exe';
    const { major } = await c.database.facts();
    return (await c.database.programs(major)).psql;
  }

  function loginOperation(psql: string, { role, 'database-host': host }: Input): CommandOperation {
    const { database } = c.site;
    const argv = [
      psql,
      ...['-X', '-w', '-h', host === '' ? database.host : host, '-p', String(database.port)],
      ...['-U', role, '-d', repositoryName(database.names), '-c', 'select 1'],
    ];
    return { kind: 'command', argv, env: ['PGPASSFILE'], effect: 'read', repeat: true };
  }

  return {
    name: 'restore.login',
    effect: 'read',
    input,
    onCancel: 'kill',

    async describe(given, { node }) {
      if (node.transport === 'sc')
        return { operations: [], notes: [notAsked(node, 'nothing runs programs there')] };
      try {
        return { operations: [loginOperation(await psqlOn(node), given)] };
      } catch (error) {
        return { operations: [], basis: 'assumed', notes: [notAsked(node, factOf(error))] };
      }
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const { node } = context;
      try {
        const operation = loginOperation(await psqlOn(node), given);
        if (!context.isPlanned(operation)) return { login: 'not-asked' };
        const { verdict, said } = await ask(operation, context);
        if (verdict === 'in' || verdict === 'password') return { login: verdict };
        if (verdict === 'unclear') {
          context.warn(`${node.name}: whether the database lets it in is not clear: ${said}`);
          return { login: verdict };
        }
        throw new StepError(`${node.name}: the database does not let ${given.role} in from there: ${said}`, {
          hint: 'pg_hba.conf must have a line for its address before any that refuses it, and listen_addresses must be * (manual 2.5, p. 142-143); a firewall may be between.',
        });
      } catch (error) {
        context.signal.throwIfAborted();
        // Without a code it did not start: there is no psql on that node.
        if (!(error instanceof ExpectedError) || error instanceof StepError) throw error;
        context.warn(notAsked(node, error.message));
        return { login: 'not-asked' };
      }
    },

    check: () => Promise.resolve('not-done'),
  };

  /** The server reads its files a moment after it was told to. */
  async function ask(
    operation: CommandOperation,
    context: ExecuteContext,
  ): Promise<{ readonly verdict: Verdict; readonly said: string }> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await askOnce(operation, context);
      if (answer.verdict !== 'refused' || attempt === ATTEMPTS) return answer;
      await c.clock.sleep(PAUSE_MS, context.signal);
    }
  }
}

async function askOnce(
  operation: CommandOperation,
  context: ExecuteContext,
): Promise<{ readonly verdict: Verdict; readonly said: string }> {
  // No file of passwords, and messages in English.
  const env = { LC_ALL: 'C', PGPASSFILE: 'none', PGCONNECT_TIMEOUT: '20' };
  try {
    await context.exec(operation, { env, timeoutMs: LIMIT_MS });
    return { verdict: 'in', said: '' };
  } catch (error) {
    if (error instanceof TimeLimitError) return { verdict: 'refused', said: 'no answer in time' };
    if (!(error instanceof CommandError) || error.code === undefined) throw error;
    const last = error.stderr.trim().split(/\r?\n/).at(-1) ?? '';
    // On Windows one that lacks a library says nothing.
    return { verdict: verdictOf(error.stderr), said: last === '' ? messageOf(error) : last };
  }
}

/** The client's own words, and the server's, which may be in another language. */
function verdictOf(stderr: string): Verdict {
  if (/no password supplied/i.test(stderr)) return 'password';
  if (/pg_hba\.conf|could not connect|connection .*failed|timeout expired|could not translate/i.test(stderr))
    return 'refused';
  return 'unclear';
}

function notAsked({ name }: Pick<ReadableNode, 'name'>, why: string): string {
  return `${name}: whether the database lets it in was not tried: ${why.split('\n')[0] ?? ''}`;
}
