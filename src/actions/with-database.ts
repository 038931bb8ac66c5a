import type { ReadContext } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';

/** Does `work` with a connection of this step to one database. @throws ExpectedError when it cannot be had */
export async function withDatabase<T>(
  { database }: Pick<ActionCollaborators, 'database'>,
  name: string,
  { run }: Pick<ReadContext, 'run'>,
  work: (client: SqlClient) => Promise<T>,
): Promise<T> {
  const client = await database.connect(name, applicationName(run.id, run.step));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
