import type { Client } from 'pg';
import { messageOf } from '../contract/errors.ts';
import { connectError } from './connect-errors.ts';
import { codeOf } from './error-codes.ts';
import { DatabaseError } from './errors.ts';
import { findPassword } from './pass-file.ts';
import type { ServerAddress, SqlClient } from './server.ts';

const CONNECT_LIMIT_MS = 15_000;
const STATEMENT_LIMIT_MS = 60_000;
/** How long after the server's own limit we stop waiting: then the network is dead. */
const NETWORK_GRACE_MS = 10_000;
const CLOSE_LIMIT_MS = 5_000;

/** Options of one connection. */
export interface ConnectOptions {
  /** Seen in pg_stat_activity; the server keeps 63 bytes. Default `sense-runbook`. */
  readonly applicationName?: string;
  /** Milliseconds; 15 s by default. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds a statement may take; 60 s by default, 0 for no limit. */
  readonly statementTimeoutMs?: number;
}

/**
 * Opens a connection to one database. Without a password in `address`, the pgpass file of this account is asked.
 * `address.ssl` means what libpq's `require` means: encrypted, the certificate is not verified.
 * @throws PreflightError worded for the person who has to mend it.
 */
export async function connect(
  address: ServerAddress,
  database: string,
  options: ConnectOptions = {},
): Promise<SqlClient> {
  // pg is 40 ms of start-up that most commands do not need.
  const { Client } = await import('pg');
  const statementMs = options.statementTimeoutMs ?? STATEMENT_LIMIT_MS;
  const client = new Client({
    host: address.host,
    port: address.port,
    user: address.user,
    database,
    // A function, since the driver else reads pgpass itself and prints a deprecation notice.
    password: (async () =>
      address.password ?? (await findPassword(address, database))) as () => Promise<string>,
    application_name: options.applicationName ?? 'sense-runbook',
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_LIMIT_MS,
    keepAlive: true,
    ...(address.ssl === undefined ? {} : { ssl: address.ssl ? { rejectUnauthorized: false } : false }),
    ...(statementMs > 0
      ? { statement_timeout: statementMs, query_timeout: statementMs + NETWORK_GRACE_MS }
      : {}),
  });
  // Without a listener, a server that goes away while the connection is idle would end this process. What was lost
  // is told by the next query.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await end(client);
    throw connectError(error, address, database);
  }
  return new PgClient(client, `${database} at ${address.host}:${address.port}`);
}

class PgClient implements SqlClient {
  readonly #client: Client;
  readonly #where: string;
  #closed: Promise<void> | undefined;

  constructor(client: Client, where: string) {
    this.#client = client;
    this.#where = where;
  }

  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#client.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw queryError(error, this.#where);
    }
  }

  async close(): Promise<void> {
    this.#closed ??= end(this.#client);
    await this.#closed;
  }
}

/** Says goodbye to the server, but does not wait for ever for one that is gone. */
async function end(client: Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_LIMIT_MS);
  });
  // A connection that never came about, or is already broken, has nothing more to end.
  await Promise.race([client.end().catch(() => undefined), limit]);
  clearTimeout(timer);
}

function queryError(error: unknown, where: string): DatabaseError {
  const code = codeOf(error);
  const sqlState = code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  if (sqlState === '57014')
    return new DatabaseError(`A statement in ${where} ran past its time limit or was cancelled.`, sqlState, {
      hint: 'Another session may hold a lock: look at pg_stat_activity and pg_locks.',
      cause: error,
    });
  if (sqlState === '57P01' || sqlState === '57P02' || sqlState === '08006' || sqlState === undefined)
    return new DatabaseError(`The connection to ${where} was lost: ${messageOf(error)}`, sqlState, {
      hint: 'Is the database server still running? Look into the log of PostgreSQL.',
      cause: error,
    });
  if (sqlState === '42501')
    return new DatabaseError(`The database user lacks a right in ${where}: ${messageOf(error)}`, sqlState, {
      hint: 'Use the superuser (postgres) in `database.user`.',
      cause: error,
    });
  return new DatabaseError(`The database refused a statement in ${where}: ${messageOf(error)}`, sqlState, {
    cause: error,
  });
}
