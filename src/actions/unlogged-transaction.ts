import type { SqlClient } from '../postgres/server.ts';

/**
 * All of `work` or nothing. The server's log gets no statement of it: one may hold a password or its hash. With `superuser`
 * false it is left to the server's settings: who is none may not change them.
 */
export async function inUnloggedTransaction(
  client: SqlClient,
  work: () => Promise<void>,
  { superuser = true }: { readonly superuser?: boolean } = {},
): Promise<void> {
  await client.query('begin');
  try {
    if (superuser) await keepOutOfLog(client);
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function keepOutOfLog(client: SqlClient): Promise<void> {
  await client.query("set local log_statement = 'none'");
  await client.query('set local log_min_duration_statement = -1');
  await client.query("set local log_min_error_statement = 'panic'");
}
