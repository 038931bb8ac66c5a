import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { readServerFacts } from '../postgres/facts.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { quoteName, quoteText } from '../postgres/recreate.ts';
import type { SqlClient } from '../postgres/server.ts';
import { dropDatabase, dropDatabaseStatement } from '../postgres/sessions.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { siteDatabases, type SiteDatabaseState } from './database-names.ts';
import { factOf, notPlanned } from './failure.ts';
import { loginOf } from './postgres-create-roles.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({});

const ROLE = quoteName(REPOSITORY_ROLE.name);

/** Everything that is not PostgreSQL's own. */
const CONTENTS = `select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname <> 'information_schema' and n.nspname !~ '^pg_' limit 1`;

/**
 * Makes the databases that the release must have and the server lacks, as the manual does (2.5, p. 139-141). Each is made
 * under another name and gets its own in the end: one that was cut off is never taken for one that was there before.
 */
export function createPostgresCreateDatabases(
  c: Pick<ActionCollaborators, 'site' | 'database'>,
): Action<z.infer<typeof input>, null> {
  const look = (client: SqlClient): Promise<SiteDatabaseState[]> =>
    readServerFacts(client).then((facts) => siteDatabases(c.site.database.names, facts, c.site.qlik.release));
  const lookAsWhom = async (client: SqlClient) => ({
    states: await look(client),
    user: (await loginOf(client)).name,
  });
  const missingOf = (states: readonly SiteDatabaseState[]): string[] =>
    states.filter(({ found, required }) => found === undefined && required).map(({ name }) => name);
  const operationsFor = (name: string, run: string, user: string): SqlOperation[] =>
    createOperations(name, temporaryName(name, run), { run, user });

  async function drops(context: ReadContext): Promise<{ operation: SqlOperation; name: string }[]> {
    const marked = await withDatabase(c, 'postgres', context, (client) =>
      client.query<{ name: string }>(
        `select datname::text as name from pg_catalog.pg_database
          where pg_catalog.shobj_description(oid, 'pg_database') = $1 or datname = any($2::name[]) order by 1`,
        [mark(context.run.id), c.site.database.names.map((name) => temporaryName(name, context.run.id))],
      ),
    );
    return marked.map(({ name }) => ({ name, operation: sql('postgres', dropDatabaseStatement(name)) }));
  }

  async function drop(name: string, operation: SqlOperation, context: ExecuteContext): Promise<void> {
    const used = await withDatabase(c, name, context, async (client) => client.query(CONTENTS));
    if (used.length > 0) {
      context.warn(
        `The database ${name}, which this run made, is left: there is something in it by now.`,
        'Look what it is. Only an empty database is dropped.',
      );
      return;
    }
    await context.perform(operation, () =>
      // Without ending sessions: who is in it is about to put something there.
      withDatabase(c, 'postgres', context, async (client) => {
        await client.query(operation.text);
      }),
    );
  }

  return {
    name: 'postgres.create-databases',
    effect: 'change',
    input,
    onCancel: 'wait',
    byHand: false,

    async describe(_given, context) {
      try {
        const { states, user } = await withDatabase(c, 'postgres', context, lookAsWhom);
        const missing = missingOf(states);
        const kept = states.flatMap(({ found }) => (found === undefined ? [] : [found.name]));
        const aside = states.filter(({ found, required }) => found === undefined && !required);
        return {
          operations: missing.flatMap((name) => operationsFor(name, context.run.id, user)),
          observed: { missingDatabases: missing },
          notes: [
            ...(missing.length === 0 ? ['No database is missing.'] : []),
            ...(kept.length === 0 ? [] : [`There, and left as they are: ${kept.join(', ')}.`]),
            ...aside.map(({ name }) => `${name} is not in this release, and is not made.`),
          ],
        };
      } catch (error) {
        return notPlanned(`The databases could not be looked at: ${factOf(error)}`);
      }
    },

    prepare: () => Promise.resolve(null),

    async execute(_given, _before, context) {
      const { states, user } = await withDatabase(c, 'postgres', context, lookAsWhom);
      const missing = missingOf(states);
      const operations = missing.map((name) => operationsFor(name, context.run.id, user));
      if (!operations.flat().every((operation) => context.isPlanned(operation)))
        throw new StepError('Databases are missing that were there when this was planned.', {
          hint: `Nothing was changed. Plan the run anew. Missing now: ${missing.join(', ')}.`,
        });
      for (const [index, name] of missing.entries()) {
        const temporary = temporaryName(name, context.run.id);
        for (const operation of operations[index] ?? [])
          await context.perform(operation, () =>
            withDatabase(c, operation.database, context, async (client) => {
              if (operation.text === dropDatabaseStatement(temporary)) await dropDatabase(client, temporary);
              else await client.query(operation.text);
            }),
          );
      }
      return { created: missing };
    },

    // What has its name is complete; what has not is made anew.
    check: () => Promise.resolve('not-done'),

    describeUndo: async (_given, _before, _outputs, context) => ({
      operations: (await drops(context)).map(({ operation }) => operation),
    }),

    async undo(_given, _before, _outputs, context) {
      for (const { name, operation } of await drops(context)) await drop(name, operation, context);
    },
  };
}

function createOperations(
  name: string,
  temporary: string,
  { run, user }: { readonly run: string; readonly user: string },
): SqlOperation[] {
  const made = quoteName(temporary);
  return [
    sql('postgres', dropDatabaseStatement(temporary)),
    sql('postgres', `CREATE DATABASE ${made} ENCODING = 'UTF8' TEMPLATE = template0`),
    // Needed from PostgreSQL 15 on, and no more than what older ones have anyway. Who is no superuser may do it only as the
    // owner: the role inherits nothing from being it.
    sql(temporary, `GRANT ALL ON SCHEMA public TO ${ROLE}`),
    sql('postgres', `ALTER DATABASE ${made} OWNER TO ${ROLE}`),
    sql('postgres', `GRANT TEMPORARY, CONNECT ON DATABASE ${made} TO PUBLIC`),
    sql('postgres', `GRANT ALL ON DATABASE ${made} TO ${quoteName(user)}`),
    sql('postgres', `GRANT CREATE ON DATABASE ${made} TO ${ROLE}`),
    sql('postgres', `COMMENT ON DATABASE ${made} IS ${quoteText(mark(run))}`),
    sql('postgres', `ALTER DATABASE ${made} RENAME TO ${quoteName(name)}`),
  ];
}

function mark(run: string): string {
  return `made by sense-runbook in run ${run}`;
}

function temporaryName(name: string, run: string): string {
  return `${name}_new_${run}`;
}

function sql(database: string, text: string): SqlOperation {
  return { kind: 'sql', database, text, effect: 'change' };
}
