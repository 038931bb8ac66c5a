import path from 'node:path';
import type { ReadContext } from '../contract/action.ts';
import type { FileOperation, Operation, SqlOperation } from '../contract/operation.ts';
import { quoteName } from '../postgres/recreate.ts';
import { dropDatabaseStatement } from '../postgres/sessions.ts';
import type { ServerFacts } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { operationsOf, planDumps, type DumpPlan } from './dump-plan.ts';
import { targetDatabase, type TargetInput } from './move-target.ts';
import { checkLength, type RestoredDatabase } from './restore-databases.ts';
import { loadOperations, planLoads, type PlannedLoad } from './restore-load-plan.ts';
import { safetyFolder } from './safety.ts';
import { removalOf } from './scratch.ts';
import { withDatabase } from './with-database.ts';

/** What planning a move needs. */
export type MoveCollaborators = Pick<
  ActionCollaborators,
  'site' | 'database' | 'databaseAt' | 'stateFolder' | 'temporaryFolder' | 'freeBytes'
>;

/** Custom archives are read by several jobs, and nobody restores these by hand. */
export const MOVE = { set: '', format: 'custom' } as const;

/** Everything a move does, in order. */
export interface MovePlan {
  /** Where the dumps lie until all of them are loaded. */
  readonly folder: string;
  readonly make: FileOperation;
  readonly dumps: DumpPlan;
  readonly target: ServerFacts;
  readonly loads: readonly PlannedLoad[];
  /** What an earlier attempt of this run had moved already: the site has written since. */
  readonly drops: readonly SqlOperation[];
  readonly renames: readonly SqlOperation[];
  readonly remove: FileOperation;
}

/** Where a run keeps the dumps of a move. */
export function moveFolder(
  c: Pick<ActionCollaborators, 'stateFolder'>,
  context: Pick<ReadContext, 'run'>,
): string {
  return safetyFolder(c, context, 'move');
}

/** Plans it; only looks. @throws ExpectedError */
export async function planMove(
  c: MoveCollaborators,
  given: TargetInput,
  context: Pick<ReadContext, 'run'>,
): Promise<MovePlan> {
  const folder = moveFolder(c, context);
  const database = targetDatabase(c, given);
  const dumps = await planDumps({ ...c, vault: { root: folder } }, MOVE, await c.database.facts());
  const target = await database.facts();
  const databases = dumps.dumps.flatMap(({ name, real, target: file, bytes }): RestoredDatabase[] => {
    const found = dumps.facts.databases.find((candidate) => candidate.name === real);
    if (found === undefined) return [];
    const temporary = `${real}_move_${context.run.id}`;
    checkLength(temporary);
    const { owner, encoding, collate, ctype } = found;
    return [
      {
        ...{ name, database: real, target: file, format: MOVE.format, bytes },
        ...{ owner, encoding, collate, ctype },
        ...{ final: real, temporary, kept: real, exists: false },
      },
    ];
  });
  const wanted = { facts: target, manifestSha256: '', dumpMajor: dumps.programs.major, databases };
  const loads = await withDatabase({ database }, 'postgres', context, (client) =>
    planLoads({ database, temporaryFolder: folder }, wanted, { compare: true }, context, client),
  );
  return {
    folder,
    make: { kind: 'file', verb: 'make-folder', path: folder, effect: 'change' },
    dumps,
    target,
    loads,
    drops: databases.map(({ final }) => dropOperation(final)),
    renames: databases.map(({ temporary, final }) =>
      sql(`ALTER DATABASE ${quoteName(temporary)} RENAME TO ${quoteName(final)}`),
    ),
    remove: removalOf(folder),
  };
}

/** All of it as the plan shows it. */
export function moveOperations({ make, dumps, loads, drops, renames, remove }: MovePlan): Operation[] {
  return [
    ...drops,
    make,
    ...dumps.dumps.flatMap(operationsOf),
    ...loads.flatMap(loadOperations),
    ...renames,
    remove,
  ];
}

/** Only of a database that this run has made. */
export function dropOperation(name: string): SqlOperation {
  return { ...sql(dropDatabaseStatement(name)), repeat: true };
}

/** The folder of the dumps as `dumpDatabase` wants it. */
export function placeOf(folder: string, make: (folder: string) => Promise<void>) {
  return {
    path: folder,
    async pathFor(relative: string): Promise<string> {
      const file = path.join(folder, ...relative.split('/'));
      await make(path.dirname(file));
      return file;
    },
  };
}

function sql(text: string): SqlOperation {
  return { kind: 'sql', database: 'postgres', text, effect: 'change' };
}
