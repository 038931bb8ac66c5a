import fs from 'node:fs/promises';
import type { ExecuteContext } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import { CommandError, StepError, VerificationError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import { reasonOf } from '../foundation/system-reason.ts';
import { checkDump } from '../postgres/check-dump.ts';
import { compareEvidence } from '../postgres/compare-evidence.ts';
import { OWNERS_IN_PUBLIC, propertyStatements } from '../postgres/database-properties.ts';
import { DatabaseError } from '../postgres/errors.ts';
import type { DatabaseEvidence } from '../postgres/evidence-format.ts';
import { takeEvidence } from '../postgres/evidence.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { quoteName } from '../postgres/recreate.ts';
import { missingRole, restoreTrouble } from '../postgres/restore.ts';
import type { SqlClient } from '../postgres/server.ts';
import { dropDatabase } from '../postgres/sessions.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { sideBySide } from './ended-by.ts';
import type { AsideFiles } from './restore-load-commands.ts';
import type { PlannedLoad } from './restore-load-plan.ts';

const LIST_LIMIT_MS = 120_000;
const LIST_BYTES = 64 * 1024 * 1024;
/** Differences that a message names; the rest is counted. */
const NAMED = 5;

/** What loading one database needs. */
export type LoadCollaborators = Pick<ActionCollaborators, 'site' | 'database'>;

/** Loads one database and gives what is known of it. @throws VerificationError, StepError; the caller drops it then */
export async function loadOne(
  c: LoadCollaborators,
  planned: PlannedLoad,
  recorded: DatabaseEvidence | undefined,
  context: ExecuteContext,
): Promise<JsonObject> {
  const { one, locale, drop, create, properties, mark } = planned;
  // Our own look first: pg_restore may run for ever on a tar file that was cut off.
  await checkDump(one.target, one.format);
  if (locale.instead === true)
    context.warn(
      `${one.name} had the locale ${one.collate}, which this server does not know: it gets ${locale.collate}. Texts may be sorted in another order.`,
    );
  await inDatabase(c, 'postgres', context, async (client) => {
    await context.perform(drop, () => dropDatabase(client, one.temporary));
    await context.perform(create, async () => {
      await client.query(create.text);
    });
  });
  await load(c, planned, context);
  const compared = await compare(c, planned, recorded, context);
  const { grant } = planned;
  if (grant !== undefined)
    await context.perform(grant, () =>
      inDatabase(c, one.temporary, context, (client) => grantPublic(client)),
    );
  await inDatabase(c, 'postgres', context, async (client) => {
    await context.perform(properties, () => setProperties(client, planned, recorded, context));
    await context.perform(mark, async () => {
      await client.query(mark.text);
    });
  });
  return { name: one.name, database: one.final, restored: one.temporary, ...compared };
}

/**
 * A connection of the step to one database. When the step is to end, the server is asked to end the session: a count of a
 * large table would else go on.
 */
export async function inDatabase<T>(
  c: Pick<ActionCollaborators, 'database'>,
  name: string,
  { run, signal }: Pick<ExecuteContext, 'run' | 'signal'>,
  work: (client: SqlClient) => Promise<T>,
): Promise<T> {
  const session = applicationName(run.id, run.step);
  const client = await c.database.connect(name, session);
  let ending: Promise<unknown> = Promise.resolve();
  const end = (): void => {
    // What cannot be ended ends with the connection, or is found by `recover`.
    ending = c.database.cleanUp(session).catch(() => undefined);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    return await work(client);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    await ending;
    await client.close();
  }
}

/** The rights of the manual (2.5, p. 140-141) for who needs them in this database; nothing where it has no schema public. */
export async function grantPublic(client: SqlClient): Promise<void> {
  const [schema] = await client.query(`select 1 from pg_catalog.pg_namespace where nspname = 'public'`);
  if (schema === undefined) return;
  const owners = await client.query<{ name: string }>(OWNERS_IN_PUBLIC);
  const repository = await client.query<{ name: string }>(
    'select rolname::text as name from pg_catalog.pg_roles where rolname = $1',
    [REPOSITORY_ROLE.name],
  );
  for (const name of new Set([...owners, ...repository].map((role) => role.name)))
    await client.query(`GRANT ALL ON SCHEMA public TO ${quoteName(name)}`);
}

async function load(
  c: LoadCollaborators,
  { one, load: { aside, phases, settings } }: PlannedLoad,
  context: ExecuteContext,
): Promise<void> {
  try {
    if (aside !== undefined) await writeAside(aside, context);
    await c.database.withEnvironment(async (env) => {
      const options = { env: { ...env, PGOPTIONS: settings }, timeoutMs: c.site.timeouts.dump };
      for (const commands of phases)
        await sideBySide(
          context,
          commands.map((command) => (own) => own.exec(command, options)),
        );
    });
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof CommandError)) throw error;
    const trouble = restoreTrouble(error);
    if (trouble === undefined)
      throw new StepError(`${one.name}: the database server gave up: ${error.message}`, {
        hint: 'That says nothing of the backup set. Look at the server, its log and the free space of its disk; then resume.',
        changed: 'The old databases are as they were.',
        cause: error,
      });
    const role = missingRole(error.stderr);
    // Every other set has the same owners and rights: it is the server that lacks something.
    if (role !== undefined)
      throw new StepError(`${one.name} does not restore: the role ${role} is missing on this server`, {
        hint: `That says nothing of the backup set. Make the role on the server: CREATE ROLE ${quoteName(role)}; (with SUPERUSER if it was one). Then resume.`,
        changed: 'The old databases are as they were.',
        cause: error,
      });
    throw new VerificationError(`${one.name} does not restore: ${trouble}`, {
      hint: 'Restore another set, or look what the message means. The old databases are as they were.',
      cause: error,
    });
  }
  if (aside !== undefined)
    await context.perform(aside.remove, () => fs.rm(aside.remove.path, { recursive: true, force: true }));
}

async function writeAside(
  { read, make, writes, contents }: AsideFiles,
  context: ExecuteContext,
): Promise<void> {
  const { stdout } = await context.exec(read, { timeoutMs: LIST_LIMIT_MS, maxOutputBytes: LIST_BYTES });
  const texts = await contents(stdout);
  try {
    await context.perform(make, () => fs.mkdir(make.path, { recursive: true, mode: 0o700 }));
    for (const [index, write] of writes.entries())
      await context.perform(write, () => fs.writeFile(write.path, texts[index] ?? '', { mode: 0o600 }));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new StepError(`Lists for pg_restore cannot be written to ${make.path}: ${reasonOf(error)}`, {
      hint: 'That says nothing of the backup set. Look at that disk and who may write there; then resume.',
      changed: 'The old databases are as they were.',
      cause: error,
    });
  }
}

async function compare(
  c: LoadCollaborators,
  { one, compare: operation }: PlannedLoad,
  recorded: DatabaseEvidence | undefined,
  context: ExecuteContext,
): Promise<JsonObject> {
  if (operation === undefined || recorded === undefined) return { compared: false };
  const checksums = recorded.tables.some(({ checksum }) => checksum !== undefined);
  const found = await context.perform(operation, () =>
    inDatabase(c, one.temporary, context, (client) => takeEvidence(client, { name: one.name, checksums })),
  );
  const messages = compareEvidence(recorded, found)
    .filter(({ data }) => data)
    .map(({ message }) => message);
  if (messages.length > 0) {
    const more = messages.length > NAMED ? `; and ${String(messages.length - NAMED)} more` : '';
    throw new VerificationError(
      `What was restored is not what was recorded: ${messages.slice(0, NAMED).join('; ')}${more}.`,
      { hint: 'Restore another set. The old databases are as they were.' },
    );
  }
  const rows = recorded.tables.reduce((sum, table) => sum + table.rows, 0);
  return { compared: true, tables: recorded.tables.length, rows };
}

/** A right or setting that this server refuses is a warning: what it was for may not exist here. */
async function setProperties(
  client: SqlClient,
  { one }: PlannedLoad,
  recorded: DatabaseEvidence | undefined,
  context: ExecuteContext,
): Promise<void> {
  const none = { acl: null, owner: one.owner, settings: [], connectionLimit: -1 };
  const roles = await client.query<{ name: string }>('select rolname::text as name from pg_catalog.pg_roles');
  for (const property of propertyStatements(recorded ?? none, one.temporary)) {
    const missing = property.roles.find((role) => !roles.some(({ name }) => name === role));
    if (missing !== undefined) {
      context.warn(`${one.name}: rights or settings of the role ${missing} are left out: it is not there.`);
      continue;
    }
    for (const statement of property.statements)
      try {
        await client.query(statement);
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.sqlState === undefined) throw error;
        if (/^(?:08|57)/.test(error.sqlState)) throw error;
        context.warn(`${one.name}: ${statement} is left out: ${error.message}`);
      }
  }
}
