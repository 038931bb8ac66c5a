import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { VerificationError } from '../contract/errors.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { readServerFacts, SERVER_FACTS } from '../postgres/facts.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { quoteName } from '../postgres/recreate.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { siteDatabases } from './database-names.ts';
import { isPlaceholder } from './input.ts';
import { ROLE_NAMES, rolesOf } from './marked-roles.ts';
import { targetDatabase, targetInput } from './move-target.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({
  /** Another server than the site's, which it may be moved to. */
  at: z.strictObject(targetInput).optional(),
  /** `keep`: the server at `at` has taken the place of the site's by now, which is asked. */
  address: z.enum(['keep', 'change']).default('change'),
  /** The major version that must answer; empty: any. */
  major: z.union([z.int(), z.string()]).default(''),
  /** False: databases that belong to another role, as a restore may leave them, are right too. */
  owners: z.boolean().default(true),
});
const ROLE = REPOSITORY_ROLE.name;

const ASK = sqlLook('postgres', [...SERVER_FACTS, ROLE_NAMES]);

const DATABASE = `
  select pg_catalog.pg_get_userbyid(d.datdba)::text as owner,
         pg_catalog.pg_encoding_to_char(d.encoding)::text as encoding,
         (select pg_catalog.has_schema_privilege('${ROLE}', n.oid, 'CREATE')
             and pg_catalog.has_schema_privilege('${ROLE}', n.oid, 'USAGE')
            from pg_catalog.pg_namespace n where n.nspname = 'public') as creates
    from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`;

/** Of a database of the site, where the server has it. */
function lookAt(name: string): SqlOperation {
  return sqlLook(name, [DATABASE], { repeat: true });
}

/** What one database is like. */
type Found = { readonly owner: string; readonly encoding: string; readonly creates: boolean | null };

/** Whether the databases are as the manual has them (2.5): owner, encoding, and that Qlik Sense can make its tables. */
export function createPostgresCheckDatabases(
  all: Pick<ActionCollaborators, 'site' | 'database' | 'databaseAt'>,
): Action<z.infer<typeof input>, null> {
  return {
    name: 'postgres.check-databases',
    effect: 'read',
    input,
    onCancel: 'kill',
    describe: () => Promise.resolve({ operations: [ASK, ...all.site.database.names.map(lookAt)] }),
    prepare: () => Promise.resolve(null),

    async execute({ at, address, major, owners }, _before, context) {
      const c = at === undefined || address === 'keep' ? all : { ...all, database: targetDatabase(all, at) };
      const { facts, roles } = await context.perform(ASK, () =>
        withDatabase(c, 'postgres', context, async (client) => ({
          facts: await readServerFacts(client),
          roles: await rolesOf(client),
        })),
      );
      if (!roles.includes(ROLE))
        throw new VerificationError(`The role ${ROLE} is missing.`, {
          hint: 'Nothing was changed by this look. Run create-databases again.',
        });
      if (major !== '' && !isPlaceholder(major) && facts.major !== Number(major))
        throw new VerificationError(
          `PostgreSQL ${facts.version} answers, and ${String(major)} is expected there.`,
          { hint: 'Look which server listens at that address.' },
        );
      const checked: string[] = [];
      const problems: string[] = [];
      const states = siteDatabases(c.site.database.names, facts, c.site.qlik.release);
      for (const { name, found, required } of states) {
        if (found === undefined) {
          if (required) problems.push(`${name} is missing`);
          continue;
        }
        checked.push(found.name);
        const state = await context.perform(lookAt(name), () => withDatabase(c, found.name, context, read));
        problems.push(...problemsOf(found.name, state, owners));
      }
      if (problems.length > 0)
        throw new VerificationError(`Not as Qlik Sense needs it: ${problems.join('; ')}.`, {
          hint: 'What was there before is left as it is. Put it right as superuser, then `sense-runbook resume`.',
        });
      return { databases: checked, version: facts.version };
    },

    // A look is never a result of an earlier one.
    check: () => Promise.resolve('not-done'),
  };
}

async function read(client: SqlClient): Promise<Found | undefined> {
  const [row] = await client.query<Found>(DATABASE);
  return row;
}

function problemsOf(name: string, found: Found | undefined, owners: boolean): string[] {
  if (found === undefined) return [`${name} is gone`];
  const { owner, encoding, creates } = found;
  const database = quoteName(name);
  return [
    ...(owner === ROLE || !owners
      ? []
      : [`${name} belongs to ${owner} (ALTER DATABASE ${database} OWNER TO ${quoteName(ROLE)})`]),
    ...(encoding === 'UTF8' ? [] : [`${name} has the encoding ${encoding}, and UTF8 is needed`]),
    ...(creates === true
      ? []
      : [
          `${ROLE} cannot create a table in schema public of ${name} (there: GRANT ALL ON SCHEMA public TO ${quoteName(ROLE)})`,
        ]),
  ];
}
