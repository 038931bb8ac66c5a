import type { ReadContext } from '../contract/action.ts';
import { listensToOthers, readHba, type HbaState } from '../postgres/hba-server.ts';
import { quoteText } from '../postgres/recreate.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { rulesToTake, type TakenRules } from '../postgres/take-rules.ts';
import { maintenance } from './admit-file.ts';
import type { AdmitLook } from './admit-nodes.ts';
import { reach } from './admit-nodes.ts';
import type { ActionCollaborators, RepositoryDatabase } from './collaborators.ts';
import { databaseNode, identityOf, targetDatabase, type TargetInput } from './move-target.ts';
import { withDatabase } from './with-database.ts';

/** A setting of the new server that has to be that of the old one. Both values as ALTER SYSTEM takes them. */
export type TakenSetting = { name: string; value: string; old: string | null };

/** What the new server lacks of how the old one is set up. */
export interface SettingsLook {
  /** As the steps that add lines to pg_hba.conf take it. */
  readonly admit: AdmitLook;
  readonly rules: TakenRules;
  readonly settings: readonly TakenSetting[];
}

/** Compares both servers: who may log in, on which addresses they listen, and how many connections they take. */
export async function lookAtSettings(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'databaseAt'>,
  given: TargetInput,
  context: ReadContext,
): Promise<SettingsLook> {
  const target = targetDatabase(c, given);
  const [source, state] = await Promise.all([hbaOf(c.database, context), hbaOf(target, context)]);
  const [before, now] = await Promise.all([identityOf(c.database, context), identityOf(target, context)]);
  const rules = rulesToTake(source, state);
  const admission = { lines: rules.lines, ...(rules.before === undefined ? {} : { before: rules.before }) };
  // Of a server that is on no node of the site the file is not reached, even if one here has the same path.
  const node = databaseNode(c, context);
  const reached = node === undefined ? undefined : await reach(state, admission, node);
  const deaf = listensToOthers(before.listen) && !listensToOthers(now.listen);
  return {
    admit: { state, admission, unknown: [], deaf, ...(reached === undefined ? {} : { reached }) },
    rules,
    settings: [
      ...(deaf && now.listenBySystem !== before.listen
        ? [{ name: 'listen_addresses', value: before.listen, old: now.listenBySystem }]
        : []),
      ...(before.maxConnections > Math.max(now.maxConnections, Number(now.maxConnectionsBySystem ?? 0))
        ? [
            {
              name: 'max_connections',
              value: String(before.maxConnections),
              old: now.maxConnectionsBySystem,
            },
          ]
        : []),
    ],
  };
}

/** The statement that gives a setting a value, or takes back that ALTER SYSTEM gave it one. */
export function settingOperation(name: string, value: string | null) {
  return maintenance(
    value === null ? `ALTER SYSTEM RESET ${name}` : `ALTER SYSTEM SET ${name} = ${quoteText(value)}`,
    'change',
  );
}

function hbaOf(database: RepositoryDatabase, context: ReadContext): Promise<HbaState> {
  return withDatabase({ database }, 'postgres', context, (client) => readHba(client, REPOSITORY_ROLE.name));
}
