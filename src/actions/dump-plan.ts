import { StepError } from '../contract/errors.ts';
import type { CommandOperation, FileOperation, Operation, SqlOperation } from '../contract/operation.ts';
import { dumpCommand } from '../postgres/dump.ts';
import type { ClientPrograms, DumpFormat, ServerFacts } from '../postgres/server.ts';
import type { Vault } from '../vault/vault.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { siteDatabases } from './database-names.ts';
import { beginOperation, evidenceOperation, locksOperation } from './evidence-look.ts';
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
  /** `snapshot`: the site goes on once pg_dump holds its locks. */
  readonly quiesce?: 'full' | 'snapshot' | 'none' | undefined;
  /** Whether the evidence has checksums. */
  readonly checksums?: boolean | undefined;
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
  /** Where its evidence is kept until the set is made valid; relative to the set. */
  readonly evidenceFile: string;
  /** Stands for the snapshot that `begin` gives. */
  readonly placeholder: string;
  readonly begin: SqlOperation;
  /** The command with the snapshot put in. */
  readonly dump: (snapshot: string) => CommandOperation;
  /** Only where the site may go on before the dump is done. */
  readonly locks?: SqlOperation;
  readonly read: SqlOperation;
  readonly write: FileOperation;
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

/** Where the dump of one database lies; relative to the set. */
export function dumpFile(name: string, format: DumpFormat): string {
  return `databases/${name}_backup${ENDINGS[format]}`;
}

/** Where the evidence of one database is kept until that of all is put together; relative to the set. */
export function evidenceFileOf(name: string): string {
  return `databases/${name}_evidence.json`;
}

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
  c: Pick<ActionCollaborators, 'site' | 'database'> & { readonly vault: Pick<Vault, 'root'> },
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
      const file = dumpFile(name, given.format);
      const target = inSet(c.vault, given.set, file);
      const jobs = given.format === 'directory' && given.jobs !== undefined ? { jobs: given.jobs } : {};
      const request = { database: found.name, target, format: given.format, ...jobs };
      const evidenceFile = evidenceFileOf(name);
      dumps.push({
        name,
        real: found.name,
        file,
        target,
        bytes: found.bytes,
        evidenceFile,
        // A name of a database may have anything in it, a placeholder may not.
        placeholder: dumps.length === 0 ? '<snapshot>' : `<snapshot.${String(dumps.length + 1)}>`,
        dump: (snapshot) => ({
          kind: 'command',
          argv: dumpCommand(programs, c.database.address, { ...request, snapshot }),
          env: ['PGPASSFILE'],
          effect: 'change',
        }),
        ...statements(found.name, given),
        write: {
          kind: 'file',
          verb: 'write',
          path: inSet(c.vault, given.set, evidenceFile),
          effect: 'change',
        },
      });
    } else if (required) {
      throw new StepError(`the database ${name} is missing`, {
        hint: 'Check database.names and qlik.release in site.yaml.',
      });
    } else notes.push(`${name} is not in ${c.site.qlik.release ?? 'this release'}: passed over.`);
  }
  return { programs, facts, dumps, notes };
}

/** What is asked beside the dump. */
function statements(
  database: string,
  { quiesce, checksums = false }: DumpSelection,
): Pick<PlannedDump, 'begin' | 'locks' | 'read'> {
  const besides = ['roles', 'who is Root Admin'];
  return {
    begin: beginOperation(database),
    ...(quiesce === 'snapshot' ? { locks: locksOperation(database) } : {}),
    read: evidenceOperation(database, { checksums, besides }),
  };
}

/** Everything one dump does, in order, as the plan shows it. */
export function operationsOf({ begin, dump, placeholder, locks, read, write }: PlannedDump): Operation[] {
  return [begin, dump(placeholder), ...(locks === undefined ? [] : [locks]), read, write];
}

function selectedNames(names: readonly string[], given: DumpSelection): string[] {
  const wanted = given.database?.toLowerCase();
  const except = new Set(given.except?.map((name) => name.toLowerCase()));
  return names.filter((name) =>
    wanted === undefined ? !except.has(name.toLowerCase()) : name.toLowerCase() === wanted,
  );
}
