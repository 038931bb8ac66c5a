import * as z from 'zod';
import type { Action, CheckResult, ReadContext } from '../contract/action.ts';
import { ServiceError, StepError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { ServiceOperation } from '../contract/operation.ts';
import { ASK_SERVER } from './ask-server.ts';
import { createCheck, type Look } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { siteDatabases } from './database-names.ts';
import { factOf } from './failure.ts';

/** The service of the database that came with Qlik Sense. */
const OLD_SERVICE = 'QlikSenseRepositoryDatabase';
const NO_SUCH_SERVICE = 1060;
/** The version that the Qlik PostgreSQL Installer makes (manual 2.6, p. 143). */
const MADE = 14;

const ASK: ServiceOperation = { kind: 'service', verb: 'query', service: OLD_SERVICE, effect: 'read' };

type Collaborators = Pick<ActionCollaborators, 'database' | 'site'>;
type NoInput = Record<string, never>;

/**
 * Whether the site works with the database that the Qlik PostgreSQL Installer made, so that the bundled one may go: a server of
 * version 14 or later answers with every database of the release, and the old service is down (manual 2.6, p. 146).
 */
export function createCheckReplacedDatabase(c: Collaborators): Action<NoInput, null> {
  return createCheck({
    name: 'check.replaced-database',
    input: z.strictObject({}),
    whilePlanning: true,
    operations: () => [ASK_SERVER, ASK],
    probe: async (_given, context, look) => ({ checks: await judge(c, context, look) }),
  });
}

/** Looks at the same in the middle of a run, which fails when it does not hold. */
export function createPostgresCheckReplaced(c: Collaborators): Action<NoInput, null> {
  return {
    name: 'postgres.check-replaced',
    effect: 'read',
    input: z.strictObject({}),
    onCancel: 'kill',
    describe: () => Promise.resolve({ operations: [ASK_SERVER, ASK] }),
    prepare: () => Promise.resolve(null),
    async execute(_given, _before, context) {
      const checks = await judge(c, context, (operation, work) => context.perform(operation, work));
      const failed = checks.filter(({ status }) => status === 'failed');
      if (failed.length > 0)
        throw new StepError(failed.map(({ message }) => message).join(' '), {
          hint: failed.map(({ hint }) => hint ?? '').join('\n'),
        });
      return { found: checks.map(({ message }) => message) };
    },
    check: () => Promise.resolve('not-done'),
  };
}

async function judge(c: Collaborators, { node, signal }: ReadContext, look: Look): Promise<CheckResult[]> {
  const checks: CheckResult[] = [];
  try {
    const facts = await look(ASK_SERVER, () => c.database.facts());
    const version = `PostgreSQL ${facts.version} answers`;
    checks.push(
      facts.major < MADE
        ? failed(`${version}: the site still has its old database.`, 'Run upgrade-postgres-qpi first.')
        : ok(`${version}.`),
    );
    const missing = siteDatabases(c.site.database.names, facts, c.site.qlik.release)
      .filter(({ found, required }) => found === undefined && required)
      .map(({ name }) => name);
    if (missing.length > 0)
      checks.push(
        failed(
          `It lacks ${missing.join(', ')}.`,
          'The old database may be all there is: leave it alone, and ask Qlik Support (manual 2.6, p. 147).',
        ),
      );
    const state = await look(ASK, () => stateOf(node));
    checks.push(
      state === undefined || state === 'stopped'
        ? ok(`${OLD_SERVICE} does not run on ${node.host}.`)
        : failed(
            `${OLD_SERVICE} is ${state} on ${node.host}.`,
            'It may be what the site works with. Stop it, and look whether all works without it.',
          ),
    );
  } catch (error) {
    signal.throwIfAborted();
    checks.push(
      failed(
        `The database could not be looked at: ${factOf(error)}`,
        'Look at the service postgresql-x64-14 and its log. The old database is left as it is.',
      ),
    );
  }
  return checks;
}

function ok(message: string): CheckResult {
  return { id: 'postgres-replaced', status: 'ok', message };
}

function failed(message: string, hint: string): CheckResult {
  return { id: 'postgres-replaced', status: 'failed', message, hint };
}

/** Undefined: there is no such service any more. */
async function stateOf({ services }: Pick<ReadableNode, 'services'>): Promise<string | undefined> {
  try {
    return (await services.query(OLD_SERVICE)).state;
  } catch (error) {
    if (error instanceof ServiceError && error.serviceCode === NO_SUCH_SERVICE) return undefined;
    throw error;
  }
}
