import type { ReadContext } from '../contract/action.ts';
import { readServerFacts, resolveDatabases } from '../postgres/facts.ts';
import type { DatabaseFacts, ServerFacts } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { mustHave } from './releases.ts';
import { withDatabase } from './with-database.ts';

/** One database of the site file, looked up in the server. */
export interface SiteDatabaseState {
  /** As the site file names it; names files of the set. */
  readonly name: string;
  /** As the server has it; absent when it has none of that name. */
  readonly found?: DatabaseFacts;
  /** Whether the site's release must have it. */
  readonly required: boolean;
}

/** Looks the site's names up. @throws PreflightError when one name fits more than one database. */
export function siteDatabases(
  names: readonly string[],
  facts: Pick<ServerFacts, 'databases'>,
  release: string | undefined,
): SiteDatabaseState[] {
  return names.map((name) => {
    const real = realName(name, facts);
    const found = facts.databases.find((database) => database.name === real);
    return { name, ...(found === undefined ? {} : { found }), required: mustHave(name, release) };
  });
}

/** The name the server has a database by. @throws PreflightError when it fits more than one. */
export function realName(
  name: string,
  facts: { readonly databases: readonly Pick<DatabaseFacts, 'name'>[] },
): string | undefined {
  return resolveDatabases([name], facts).found[0]?.name;
}

/**
 * The name the server has a database by at this moment: `facts` may be a moment old, and steps rename databases.
 * @throws PreflightError when it fits more than one
 */
export async function findDatabase(
  c: Pick<ActionCollaborators, 'database'>,
  name: string,
  context: Pick<ReadContext, 'run'>,
): Promise<string | undefined> {
  return withDatabase(c, 'postgres', context, async (client) => {
    const { databases } = await readServerFacts(client);
    return realName(name, { databases });
  });
}

/** The repository database among the site's names: `QSR`, else the first. */
export function repositoryName(names: readonly string[]): string {
  return names.find((name) => name.toUpperCase() === 'QSR') ?? names[0] ?? 'QSR';
}
