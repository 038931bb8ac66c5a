import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { ReadContext } from '../contract/action.ts';
import type { CommandOperation, FileOperation, Operation, SqlOperation } from '../contract/operation.ts';
import { chooseLocale } from '../postgres/choose-locale.ts';
import type { ChosenLocale } from '../postgres/choose-locale.ts';
import { listCommand } from '../postgres/dump.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { createDatabaseStatement, quoteName, quoteText } from '../postgres/recreate.ts';
import { restoreCommand, sessionSettings } from '../postgres/restore.ts';
import type { ClientPrograms, SqlClient } from '../postgres/server.ts';
import { dropDatabaseStatement } from '../postgres/sessions.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { EVIDENCE_FILE } from './evidence-file.ts';
import { completeMark, restorePrograms } from './restore-databases.ts';
import type { DatabasesToRestore, RestoredDatabase } from './restore-databases.ts';

/** From this version on ordinary roles have no rights on the schema public of a new database. */
export const PUBLIC_IS_CLOSED = 15;
/** Archives of pg_dump before this version make the schema public, which is there already. */
const WITHOUT_PUBLIC = 11;

/** Everything that is done to restore one database beside the old one. */
export interface PlannedLoad {
  readonly one: RestoredDatabase;
  readonly locale: ChosenLocale;
  /** What an earlier attempt left, or this one leaves when it fails. */
  readonly drop: SqlOperation;
  readonly create: SqlOperation;
  /** Only for old archives. */
  readonly list?: {
    readonly read: CommandOperation;
    readonly write: FileOperation;
    readonly remove: FileOperation;
  };
  readonly load: CommandOperation;
  /** PGOPTIONS of the load. */
  readonly settings: string;
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
    const list = dumpMajor < WITHOUT_PUBLIC ? listOf(c, programs, one, context) : undefined;
    planned.push({
      one,
      locale,
      drop: { ...sql('postgres', dropDatabaseStatement(one.temporary)), repeat: true },
      create: sql('postgres', createStatement(one, locale)),
      ...(list === undefined ? {} : { list }),
      load: loadOperation(c, programs, one, list?.write.path),
      settings: sessionSettings({ format: one.format, processors: availableParallelism() }, facts.major),
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
  const { drop, create, list, load, compare, grant, properties, mark } = planned;
  return [
    drop,
    create,
    ...(list === undefined ? [] : [list.read, list.write]),
    load,
    ...(list === undefined ? [] : [list.remove]),
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

function loadOperation(
  c: Pick<ActionCollaborators, 'database'>,
  programs: ClientPrograms,
  { temporary, target, format }: RestoredDatabase,
  listFile: string | undefined,
): CommandOperation {
  const argv = restoreCommand(programs, {
    database: temporary,
    target,
    format,
    processors: availableParallelism(),
    address: c.database.address,
    ...(listFile === undefined ? {} : { listFile }),
  });
  return { kind: 'command', argv, env: ['PGPASSFILE', 'PGOPTIONS'], effect: 'change' };
}

function compareOperation({ temporary }: RestoredDatabase): SqlOperation {
  return {
    kind: 'sql',
    database: temporary,
    text: `count the rows of every table and compare with ${EVIDENCE_FILE}`,
    effect: 'read',
  };
}

function listOf(
  c: Pick<ActionCollaborators, 'temporaryFolder'>,
  programs: ClientPrograms,
  { target, name }: RestoredDatabase,
  { run }: Pick<ReadContext, 'run'>,
): PlannedLoad['list'] {
  const file = path.join(
    c.temporaryFolder,
    `sense-runbook-${run.id}-${name.replaceAll(/[^A-Za-z0-9]/g, '_')}.list`,
  );
  return {
    read: { kind: 'command', argv: listCommand(programs, target), effect: 'read' },
    write: { kind: 'file', verb: 'write', path: file, effect: 'change' },
    remove: { kind: 'file', verb: 'remove', path: file, effect: 'change' },
  };
}

function sql(database: string, text: string): SqlOperation {
  return { kind: 'sql', database, text, effect: 'change' };
}
