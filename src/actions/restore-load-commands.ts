import fs from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { CommandOperation, FileOperation, Operation } from '../contract/operation.ts';
import { checkTar, readMember } from '../postgres/check-tar.ts';
import { listCommand } from '../postgres/dump.ts';
import {
  jobsOf,
  listWithoutPublic,
  mostJobs,
  restoreCommand,
  sessionSettings,
  type RestoreRequest,
} from '../postgres/restore.ts';
import type { ClientPrograms, ServerFacts } from '../postgres/server.ts';
import { splitListing } from '../postgres/split-listing.ts';
import type { ActionCollaborators } from './collaborators.ts';
import type { RestoredDatabase } from './restore-databases.ts';
import { removalOf } from './scratch.ts';

/** Archives of pg_dump before this version make the schema public, which is there already. */
const WITHOUT_PUBLIC = 11;
/** From here on several programs gain more than starting them takes. Bytes of the dump. */
const LARGE_TAR = 64 * 1024 * 1024;

/** Files that stand beside a load while it goes on, in a folder of their own. */
export interface AsideFiles {
  /** Gives what the lists are made of. */
  readonly read: CommandOperation;
  readonly make: FileOperation;
  readonly writes: readonly FileOperation[];
  readonly remove: FileOperation;
  /** The content of `writes`, from what `read` printed. @throws VerificationError when the dump is damaged */
  readonly contents: (listing: string) => Promise<readonly (string | Buffer)[]>;
}

/** How one dump gets into its empty database. */
export interface LoadCommands {
  readonly aside?: AsideFiles;
  /** One after another; the commands of one side by side. */
  readonly phases: readonly (readonly CommandOperation[])[];
  /** PGOPTIONS of all of them. */
  readonly settings: string;
}

/** What the commands of a load depend on. */
export interface LoadPlace {
  readonly programs: ClientPrograms;
  readonly facts: Pick<ServerFacts, 'major'>;
  readonly dumpMajor: number;
  readonly run: string;
}

/**
 * Plans the commands that load one dump. A large one in tar format, of which pg_restore makes no jobs, is loaded as
 * pg_restore's documentation allows (`--section`): the definitions, then the rows by several pg_restore, then indexes and keys
 * by jobs. The last wants another format; the contents of a tar file are those of one in directory format.
 */
export function loadCommands(
  c: Pick<ActionCollaborators, 'database' | 'temporaryFolder'>,
  one: RestoredDatabase,
  { programs, facts, dumpMajor, run }: LoadPlace,
): LoadCommands {
  const processors = availableParallelism();
  const { temporary: database, target, format } = one;
  const { address } = c.database;
  const folder = asideFolder(c, run, one.name);
  const command = (change: Partial<RestoreRequest>): CommandOperation => ({
    kind: 'command',
    argv: restoreCommand(programs, { database, target, format, processors, address, ...change }),
    env: ['PGPASSFILE', 'PGOPTIONS'],
    effect: 'change',
  });
  const aside = (names: readonly string[], contents: AsideFiles['contents']): AsideFiles => ({
    read: { kind: 'command', argv: listCommand(programs, target), effect: 'read' },
    make: { kind: 'file', verb: 'make-folder', path: folder, effect: 'change' },
    writes: names.map((name) => ({
      kind: 'file',
      verb: 'write',
      path: path.join(folder, name),
      effect: 'change',
    })),
    remove: removalOf(folder),
    contents,
  });
  const settings = (jobs: number): string => sessionSettings({ jobs, processors }, facts.major);
  if (dumpMajor < WITHOUT_PUBLIC)
    return {
      aside: aside(['entries.list'], (listing) => Promise.resolve([listWithoutPublic(listing) ?? listing])),
      phases: [[command({ listFile: path.join(folder, 'entries.list') })]],
      settings: settings(jobsOf({ format, processors })),
    };
  const jobs = mostJobs(processors);
  if (format !== 'tar' || one.bytes < LARGE_TAR || jobs === 1)
    return { phases: [[command({})]], settings: settings(jobsOf({ format, processors })) };
  const lists = Array.from({ length: jobs }, (_, index) => `rows ${String(index + 1)}.list`);
  return {
    aside: aside([...lists, 'toc.dat'], (listing) => splitTar(target, listing, jobs)),
    phases: [
      [command({ section: 'pre-data' })],
      lists.map((name) => command({ section: 'data', listFile: path.join(folder, name) })),
      [command({ section: 'post-data', format: 'directory', target: folder })],
    ],
    settings: settings(jobs),
  };
}

/** All of them in the order they are done. */
export function commandOperations({ aside, phases }: LoadCommands): Operation[] {
  return [
    ...(aside === undefined ? [] : [aside.read, aside.make, ...aside.writes]),
    ...phases.flat(),
    ...(aside === undefined ? [] : [aside.remove]),
  ];
}

/** Where the files of a load stand; `name` is that of the database. */
export function asideFolder(
  { temporaryFolder }: Pick<ActionCollaborators, 'temporaryFolder'>,
  run: string,
  name: string,
): string {
  return path.join(temporaryFolder, `sense-runbook-${run}-${name.replaceAll(/[^A-Za-z0-9]/g, '_')}`);
}

/** The lists, and the table of contents. */
async function splitTar(target: string, listing: string, lists: number): Promise<(string | Buffer)[]> {
  const { size } = await fs.stat(target);
  const members = await checkTar(target, size);
  const contents = members.filter(({ name }) => name === 'toc.dat');
  return [
    ...splitListing(listing, members, lists),
    ...(await Promise.all(contents.map((member) => readMember(target, member)))),
  ];
}
