import { setTimeout as delay } from 'node:timers/promises';
import { ExpectedError, StepError } from '../contract/errors.ts';
import { DatabaseError } from './errors.ts';
import { quoteName } from './recreate.ts';
import type { SqlClient } from './server.ts';
import { clearSessions, endSessions, sessionsIn, sessionText } from './sessions.ts';
import type { DatabaseSession } from './sessions.ts';

const POLL_MS = 50;
const IN_USE = '55006';

/** One database that gets another name; `allowConnections`: whether anybody may connect to it afterwards. */
export interface DatabaseRename {
  readonly from: string;
  readonly to: string;
  readonly allowConnections: boolean;
}

/** What a change of names is made with. */
export interface RenameTools {
  /** Connected to a database that is not renamed. */
  readonly client: SqlClient;
  /** A second connection, likewise: it ends sessions while the first one waits. */
  readonly watcher: SqlClient;
  /** Does `work` as the statement `text`; default: just does it. */
  readonly perform?: (text: string, work: () => Promise<void>) => Promise<void>;
}

/** The statements of {@link renameDatabases}, in order: all of them take effect together, or none does. */
export function renameStatements(renames: readonly DatabaseRename[]): string[] {
  return [
    'BEGIN',
    ...renames.map(({ from }) => `ALTER DATABASE ${quoteName(from)} ALLOW_CONNECTIONS false`),
    ...renames.map(renameStatement),
    ...renames
      .filter(({ allowConnections }) => allowConnections)
      .map(({ to }) => `ALTER DATABASE ${quoteName(to)} ALLOW_CONNECTIONS true`),
    'COMMIT',
  ];
}

function renameStatement({ from, to }: DatabaseRename): string {
  return `ALTER DATABASE ${quoteName(from)} RENAME TO ${quoteName(to)}`;
}

/**
 * Renames databases in one transaction, in this order. Sessions in them are ended, first all that are there, then who
 * comes in between: RENAME locks the database before it waits up to 5 s for it to be free, and whoever wants to connect
 * waits behind that lock. That connections are not allowed is seen by others only once all is done, and not at all
 * when it fails. Gives the sessions that were ended, each program once.
 * @throws StepError naming who is in the way; nothing is changed then.
 */
export async function renameDatabases(
  renames: readonly DatabaseRename[],
  { client, watcher, perform = (_text, work) => work() }: RenameTools,
): Promise<DatabaseSession[]> {
  const ended = await clearSessions(
    watcher,
    renames.map(({ from }) => from),
  );
  let began = false;
  try {
    for (const text of renameStatements(renames)) {
      const rename = renames.find((one) => renameStatement(one) === text);
      await perform(text, async () => {
        if (rename === undefined) await client.query(text);
        else ended.push(...(await whileEnding(watcher, rename.from, client.query(text))));
      });
      began = text !== 'COMMIT';
    }
  } catch (error) {
    if (began) await rollBack(client);
    if (!(error instanceof DatabaseError) || error.sqlState !== IN_USE) throw error;
    throw await inUse(watcher, renames, error);
  }
  return onePerProgram(ended);
}

/** Ends sessions in `database` until `work` is settled; gives those it met. */
async function whileEnding(
  watcher: SqlClient,
  database: string,
  work: Promise<unknown>,
): Promise<DatabaseSession[]> {
  const met: DatabaseSession[] = [];
  const settled = work.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([settled, delay(POLL_MS, false)]))) {
    const sessions = await sessionsIn(watcher, [database]);
    await endSessions(watcher, sessions);
    met.push(...sessions);
  }
  await work;
  return met;
}

/** A connection that is lost has rolled back already. */
async function rollBack(client: SqlClient): Promise<void> {
  try {
    await client.query('ROLLBACK');
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
  }
}

async function inUse(
  watcher: SqlClient,
  renames: readonly DatabaseRename[],
  cause: DatabaseError,
): Promise<StepError> {
  const names = renames.map(({ from }) => from);
  const sessions = (await sessionsIn(watcher, names)).map(sessionText);
  const prepared = await watcher.query<{ gid: string; database: string }>(
    `select gid, database::text as database from pg_catalog.pg_prepared_xacts where database::text = any ($1::text[])`,
    [names],
  );
  const who = [
    ...sessions,
    ...prepared.map(({ gid, database }) => `the prepared transaction '${gid}' in "${database}"`),
  ];
  return new StepError(
    `The databases are in use and could not be renamed: ${who.length === 0 ? cause.message : who.join('; ')}.`,
    {
      hint: 'Stop these programs (a prepared transaction: ROLLBACK PREPARED), then go on. No database was renamed.',
      cause,
    },
  );
}

function onePerProgram(sessions: readonly DatabaseSession[]): DatabaseSession[] {
  return [...new Map(sessions.map((session) => [sessionText(session), session])).values()];
}
