import * as z from 'zod';
import type { ExecuteContext } from '../contract/action.ts';
import { VerificationError } from '../contract/errors.ts';
import type { DumpFormat } from '../postgres/server.ts';
import { parseVersion } from '../postgres/version.ts';
import { lackedParts, type SetPart } from '../vault/set-parts.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { dumpFile, planDumps } from './dump-plan.ts';
import type { SetPlace } from './set-place.ts';
import { isPlaceholder } from './input.ts';
import { inSet } from './set-paths.ts';

/** How much larger a database is than its dump: indexes, and what a dump in these formats has compressed. */
export const DATABASE_GROWTH: Readonly<Record<DumpFormat, number>> = { tar: 2, custom: 8, directory: 8 };

const manifestFacts = z.object({
  manifestSha256: z.string(),
  bytes: z.number().default(0),
  postgres: z.object({ server: z.string(), clients: z.string() }),
  databases: z
    .array(
      z.object({
        name: z.string().min(1),
        database: z.string().min(1),
        file: z.string().regex(/^databases\/(?!.*\.\.)/, 'is no path in "databases"'),
        format: z.enum(['tar', 'custom', 'directory']),
        bytes: z.number(),
        owner: z.string(),
        encoding: z.string(),
        collate: z.string(),
        ctype: z.string(),
        rootAdmins: z.array(z.string()).exactOptional(),
      }),
    )
    .min(1),
});

/** One dump of a set and what its database was like. */
export interface SetDatabase {
  /** As the site file names it. */
  readonly name: string;
  /** As the server had it. */
  readonly database: string;
  /** Absolute path of the dump. */
  readonly target: string;
  readonly format: DumpFormat;
  /** Of the dump, on disk. */
  readonly bytes: number;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** Users with the role Root Admin at the dump; sets made before it was recorded, and other databases, have none. */
  readonly rootAdmins?: readonly string[];
}

/** What a drill or a restore has to know of a complete set. */
export interface SetDatabases {
  readonly manifestSha256: string;
  /** Of all its files. */
  readonly setBytes: number;
  /** Parts that the set was made without. */
  readonly lacks: readonly SetPart[];
  /** Major version of the server that was dumped. */
  readonly major: number;
  /** Major version of pg_dump; an older pg_restore does not read its dumps. */
  readonly dumpMajor: number;
  readonly databases: readonly SetDatabase[];
}

/** Reads it from the manifest. @throws VerificationError when the manifest is damaged or lacks what is needed. */
export async function readSetDatabases(
  place: Pick<SetPlace, 'root' | 'read'>,
  set: string,
): Promise<SetDatabases> {
  const manifest = await place.read(set);
  const parsed = manifestFacts.safeParse(manifest);
  const server = parsed.success ? parseVersion(parsed.data.postgres.server) : undefined;
  if (!parsed.success || server === undefined) {
    const [issue] = parsed.error?.issues ?? [];
    const what = issue === undefined ? 'the version of the server' : issue.path.join('.');
    throw new VerificationError(`The manifest of backup set ${set} does not tell ${what}.`, {
      hint: 'Only sets of the backup runbook can be restored.',
    });
  }
  const { manifestSha256, bytes, postgres, databases } = parsed.data;
  return {
    manifestSha256,
    lacks: lackedParts(manifest),
    setBytes: bytes,
    major: server.major,
    dumpMajor: parseVersion(postgres.clients)?.major ?? server.major,
    databases: databases.map(({ file, ...rest }) => ({ ...rest, target: inSet(place, set, file) })),
  };
}

/**
 * Of what the databases of a set that the run has yet to write are made: of the site's server, which can be asked now, or
 * of a data folder, whose server does not run yet.
 */
export const dumpedFrom = z.enum(['server', 'data-folder']).default('server');

/**
 * The databases of a set; of one that the run has yet to write, those of the site as they are now, or, of a data folder,
 * those that the site file names, with placeholders that {@link bindDatabases} gives their values.
 */
export async function databasesOfSet(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'database'>,
  place: Pick<SetPlace, 'root' | 'read'>,
  given: {
    readonly set: string;
    readonly format: DumpFormat;
    readonly from: z.infer<typeof dumpedFrom>;
  },
): Promise<readonly SetDatabase[]> {
  const { set, format, from } = given;
  if (!isPlaceholder(set)) return (await readSetDatabases(place, set)).databases;
  if (from === 'data-folder')
    return c.site.database.names.map((name, index) => ({
      name,
      database: placeholderOf(index),
      target: inSet(place, set, dumpFile(name, format)),
      format,
      bytes: 0,
      owner: '<owner>',
      encoding: '<encoding>',
      collate: '<locale>',
      ctype: '<locale>',
    }));
  const { dumps, facts } = await planDumps(c, { set, format }, await c.database.facts());
  return dumps.flatMap(({ name, real, file, bytes }) => {
    const found = facts.databases.find((database) => database.name === real);
    if (found === undefined) return [];
    const { owner, encoding, collate, ctype } = found;
    const target = inSet(place, set, file);
    return [{ name, database: real, target, format, bytes, owner, encoding, collate, ctype }];
  });
}

/** Tells the plan how the databases of a data folder turned out to be called. */
export function bindDatabases(
  c: Pick<ActionCollaborators, 'site'>,
  databases: readonly SetDatabase[],
  context: Pick<ExecuteContext, 'bind'>,
): void {
  for (const { name, database } of databases) {
    const index = c.site.database.names.indexOf(name);
    if (index !== -1) context.bind(placeholderOf(index), database);
  }
}

function placeholderOf(index: number): string {
  return `<database.${String(index + 1)}>`;
}
