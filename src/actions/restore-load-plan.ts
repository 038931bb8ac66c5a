import type { ReadContext } from '../contract/action.ts';
import type { Operation, SqlOperation } from '../contract/operation.ts';
import { chooseLocale } from '../postgres/choose-locale.ts';
import type { ChosenLocale } from '../postgres/choose-locale.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { createDatabaseStatement, quoteName, quoteText } from '../postgres/recreate.ts';
import type { SqlClient } from '../postgres/server.ts';
import { dropDatabaseStatement } from '../postgres/sessions.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { EVIDENCE_FILE } from './evidence-file.ts';
import { comparedOperation } from './evidence-look.ts';
import { completeMark, restorePrograms } from './restore-databases.ts';
import type { DatabasesToRestore, RestoredDatabase } from './restore-databases.ts';
import { commandOperations, loadCommands, type LoadCommands } from './restore-load-commands.ts';

/** From this version on ordinary roles have no rights on the schema public of a new database. */
export const PUBLIC_IS_CLOSED = 15;

/** Everything that is done to restore one database beside the old one. */
export interface PlannedLoad {
  readonly one: RestoredDatabase;
  readonly locale: ChosenLocale;
  /** What an earlier attempt left, or this one leaves when it fails. */
  readonly drop: SqlOperation;
  readonly create: SqlOperation;
  readonly load: LoadCommands;
  readonly compare?: SqlOperation;
  /** Only on servers of 15 and newer. */
  readonly grant?: SqlOperation;
  readonly properties: SqlOperation;
  readonly mark: SqlOperation;
}

/** Plans the load of each database; only looks. @throws PreflightError when a locale or the programs are missing */
export async function planLoads(
  c: Pick<ActionCollaborators, 'database' | 'temporaryFolder'>,
  { facts, dumpMajor, databases }: DatabasesToRestore,
  given: { readonly compare: boolean },
  context: Pick<ReadContext, 'run'>,
  client: SqlClient,
): Promise<PlannedLoad[]> {
  const programs = await restorePrograms(c, facts.major, dumpMajor);
  const planned: PlannedLoad[] = [];
  for (const one of databases) {
    const locale = await chooseLocale(client, one);
    planned.push({
      one,
      locale,
      drop: { ...sql('postgres', dropDatabaseStatement(one.temporary)), repeat: true },
      create: sql('postgres', createStatement(one, locale)),
      load: loadCommands(c, one, { programs, facts, dumpMajor, run: context.run.id }),
      ...(given.compare ? { compare: compareOperation(one) } : {}),
      ...(facts.major >= PUBLIC_IS_CLOSED ? { grant: grantOperation(one.temporary, one.owner) } : {}),
      properties: sql(
        'postgres',
        `rights (GRANT ON DATABASE), settings (SET) and connection limit of ${quoteName(one.temporary)} as in ${EVIDENCE_FILE}`,
      ),
      mark: sql(
        'postgres',
        `COMMENT ON DATABASE ${quoteName(one.temporary)} IS ${quoteText(completeMark(context.run.id))}`,
      ),
    });
  }
  return planned;
}

/** All of them, in the order they are done. */
export function loadOperations(planned: PlannedLoad): Operation[] {
  const { drop, create, load, compare, grant, properties, mark } = planned;
  return [
    drop,
    create,
    ...commandOperations(load),
    ...(compare === undefined ? [] : [compare]),
    ...(grant === undefined ? [] : [grant]),
    properties,
    mark,
  ];
}

/** The rights that the manual gives on 15 and 16 (2.5, p. 140-141). Who owns something is known once it is restored. */
export function grantOperation(database: string, owner: string): SqlOperation {
  return sql(
    database,
    `GRANT ALL ON SCHEMA public TO ${quoteName(owner)}, ${REPOSITORY_ROLE.name} and whoever owns something in it`,
  );
}

/** The empty database; nobody but superusers is let in until the load is done. */
function createStatement(one: RestoredDatabase, { collate, ctype }: ChosenLocale): string {
  const { temporary, owner, encoding } = one;
  return createDatabaseStatement({
    database: temporary,
    owner,
    encoding,
    collate,
    ctype,
    connectionLimit: 0,
  });
}

function compareOperation({ temporary }: RestoredDatabase): SqlOperation {
  return comparedOperation(temporary);
}

function sql(database: string, text: string): SqlOperation {
  return { kind: 'sql', database, text, effect: 'change' };
}
