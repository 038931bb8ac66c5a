import { StepError } from '../contract/errors.ts';
import type { CommandOperation } from '../contract/operation.ts';
import { dumpCommand } from '../postgres/dump.ts';
import type { ClientPrograms, DumpFormat, ServerFacts } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { siteDatabases } from './database-names.ts';
import { inSet } from './set-paths.ts';

/** Which databases of the site, and how. Names without regard to case. */
export interface DumpSelection {
  readonly set: string;
  readonly format: DumpFormat;
  readonly jobs?: number | undefined;
  /** One name; one that the site does not list or have is passed over. */
  readonly database?: string | undefined;
  /** Without `database`: every database of the site but these. */
  readonly except?: readonly string[] | undefined;
}

/** One dump as it is planned. `file` is relative to the set, with `/`. */
export interface PlannedDump {
  /** As the site file names it. */
  readonly name: string;
  /** As the server has it. */
  readonly real: string;
  readonly file: string;
  readonly target: string;
  /** Size of the database. */
  readonly bytes: number;
  readonly operation: CommandOperation;
}

/** What there is to dump, and what is passed over with the reason. */
export interface DumpPlan {
  readonly programs: ClientPrograms;
  readonly facts: ServerFacts;
  readonly dumps: readonly PlannedDump[];
  readonly notes: readonly string[];
}

/** Ending of a dump's file name: the manual's `QSR_backup.tar`, and its likes. */
const ENDINGS: Readonly<Record<DumpFormat, string>> = { tar: '.tar', custom: '.dump', directory: '' };

/** Server facts from the time of planning. */
export interface ServerMemory {
  /** Asks the server. */
  ask(): Promise<ServerFacts>;
  /** What it said last; asks only when this process has not asked yet. */
  recall(): Promise<ServerFacts>;
}

/**
 * Remembers what the server said while planning: the dumps that were planned are the ones to be made, and while the
 * site is down no time is spent on asking again.
 */
export function createServerMemory(database: Pick<ActionCollaborators['database'], 'facts'>): ServerMemory {
  let last: ServerFacts | undefined;
  async function ask(): Promise<ServerFacts> {
    last = await database.facts();
    return last;
  }
  return { ask, recall: async () => last ?? ask() };
}

/**
 * Plans the dumps of what the server has.
 * @throws StepError when a database is missing that this release must have.
 */
export async function planDumps(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'database'>,
  given: DumpSelection,
  facts: ServerFacts,
): Promise<DumpPlan> {
  const programs = await c.database.programs(facts.major);
  const names = selectedNames(c.site.database.names, given);
  const notes: string[] = [];
  if (names.length === 0 && given.database !== undefined) {
    notes.push(`${given.database} is not among database.names of site.yaml: passed over.`);
  }
  const dumps: PlannedDump[] = [];
  for (const { name, found, required } of siteDatabases(names, facts, c.site.qlik.release)) {
    if (found !== undefined) {
      const file = `databases/${name}_backup${ENDINGS[given.format]}`;
      const target = inSet(c.vault, given.set, file);
      const jobs = given.format === 'directory' && given.jobs !== undefined ? { jobs: given.jobs } : {};
      const request = { database: found.name, target, format: given.format, ...jobs };
      const argv = dumpCommand(programs, c.database.address, request);
      const operation: CommandOperation = { kind: 'command', argv, env: ['PGPASSFILE'], effect: 'change' };
      dumps.push({ name, real: found.name, file, target, bytes: found.bytes, operation });
    } else if (required) {
      throw new StepError(`the database ${name} is missing`, {
        hint: 'Check database.names and qlik.release in site.yaml.',
      });
    } else notes.push(`${name} is not in ${c.site.qlik.release ?? 'this release'}: passed over.`);
  }
  return { programs, facts, dumps, notes };
}

function selectedNames(names: readonly string[], given: DumpSelection): string[] {
  const wanted = given.database?.toLowerCase();
  const except = new Set(given.except?.map((name) => name.toLowerCase()));
  return names.filter((name) =>
    wanted === undefined ? !except.has(name.toLowerCase()) : name.toLowerCase() === wanted,
  );
}
