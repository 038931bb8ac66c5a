import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { CommandOperation, FileOperation, SqlOperation } from '../contract/operation.ts';
import { checkDump } from '../postgres/check-dump.ts';
import { dumpCommand } from '../postgres/dump.ts';
import { readServerEvidence, takeEvidence } from '../postgres/evidence.ts';
import type { DatabaseEvidence, Evidence } from '../postgres/evidence-format.ts';
import { readServerFacts } from '../postgres/facts.ts';
import { createPrivateFile, finishGlobals, globalsCommand } from '../postgres/globals.ts';
import type { ClientPrograms, ServerFacts, SqlClient } from '../postgres/server.ts';
import { CERTIFICATE_INDEX } from './certificate-index.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { siteDatabases } from './database-names.ts';
import { dumpFile } from './dump-plan.ts';
import { EVIDENCE_FILE } from './evidence-file.ts';
import { evidenceOperation } from './evidence-look.ts';
import { factOf, notPlanned } from './failure.ts';
import { namingFullDisk } from './full-disk.ts';
import { known, orPlaceholder } from './input.ts';
import { GLOBALS_FILE } from './postgres-globals.ts';
import { copyFolder } from './scratch.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  major: orPlaceholder(z.number()),
  format: z.enum(['tar', 'custom', 'directory']).default('tar'),
});

type Input = z.infer<typeof input>;

/** One database of the site file; how the server calls it is known once it runs. */
interface Planned {
  readonly name: string;
  readonly file: string;
  readonly placeholder: string;
  readonly dump: CommandOperation;
  readonly read: SqlOperation;
}

/**
 * Dumps the databases of the site from the server of a copied data folder into an open set, with their evidence and the
 * roles, as a backup does. Nobody else uses that server, so nothing changes between a dump and its evidence.
 */
export function createClusterDump(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'database' | 'scratch' | 'freeBytes'>,
): Action<Input, null> {
  function plan(programs: ClientPrograms, { set, format }: Input): Planned[] {
    return c.site.database.names.map((name, index) => {
      const file = dumpFile(name, format);
      const placeholder = `<database.${String(index + 1)}>`;
      const target = inSet(c.vault, set, file);
      return {
        name,
        file,
        placeholder,
        dump: command(dumpCommand(programs, undefined, { database: placeholder, target, format })),
        read: evidenceOperation(placeholder, { checksums: false, besides: ['roles'] }),
      };
    });
  }
  const globals = (programs: ClientPrograms, set: string): CommandOperation =>
    command(
      globalsCommand(programs, undefined, { file: inSet(c.vault, set, GLOBALS_FILE), superuser: true }),
    );
  const write = (set: string, file: string): FileOperation => ({
    kind: 'file',
    verb: 'write',
    path: inSet(c.vault, set, file),
    effect: 'change',
  });

  return {
    name: 'cluster.dump',
    effect: 'change',
    input,
    onCancel: 'kill',

    async describe(given) {
      const version = known(given.major);
      if (typeof version !== 'number') return { operations: [], basis: 'assumed' };
      try {
        const programs = await c.database.programs(version);
        const planned = plan(programs, given);
        return {
          operations: [
            ...planned.flatMap(({ dump, read }) => [dump, read]),
            globals(programs, given.set),
            write(given.set, EVIDENCE_FILE),
            write(given.set, CERTIFICATE_INDEX),
          ],
          notes: planned.map(
            ({ name, placeholder }) => `${placeholder} is the database ${name}, as it is called there.`,
          ),
        };
      } catch (error) {
        return notPlanned(factOf(error));
      }
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const programs = await c.database.programs(Number(given.major));
      const planned = plan(programs, given);
      const { facts, server } = await withCopy('postgres', context, async (client) => ({
        facts: await readServerFacts(client),
        server: await readServerEvidence(client),
      }));
      const dumps: JsonObject[] = [];
      const evidence: DatabaseEvidence[] = [];
      for (const { name, found, required } of siteDatabases(
        c.site.database.names,
        facts,
        c.site.qlik.release,
      )) {
        const one = planned.find((candidate) => candidate.name === name);
        if (found === undefined && required)
          throw new StepError(`the database ${name} is missing in the data folder`, {
            hint: 'Check database.names and qlik.release in site.yaml, and whether it is the folder of this site.',
          });
        if (found === undefined || one === undefined) continue;
        context.bind(one.placeholder, found.name);
        const { bytes, recorded } = await dumpOne(given, one, found.name, context);
        evidence.push(recorded);
        dumps.push(
          dumpFacts(
            given,
            { name, file: one.file, bytes, takenAt: recorded.takenAt },
            found,
            facts,
            programs,
          ),
        );
      }
      await writeGlobals(programs, given, context);
      const whole: Evidence = { schemaVersion: 1, ...server, databases: evidence };
      await writeJson(EVIDENCE_FILE, whole, given, context);
      // An uninstallation leaves none that could be exported; a set without the list would look damaged.
      await writeJson(CERTIFICATE_INDEX, [], given, context);
      context.warn(
        'Made from the data folder of a removed installation: there are no certificates in the set.',
        'Keep the certificates of the site elsewhere: without them the passwords of data connections cannot be read (manual 5.4, p. 189).',
      );
      return { dumps };
    },

    check: () => Promise.resolve('not-done'),
  };

  async function writeJson(
    file: string,
    content: object,
    given: Input,
    context: ExecuteContext,
  ): Promise<void> {
    const set = await c.vault.open(given.set);
    const target = await set.pathFor(file);
    await context.perform(write(given.set, file), () =>
      namingFullDisk([set.path], c, () =>
        fs.writeFile(target, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 }),
      ),
    );
  }

  async function withCopy<T>(
    name: string,
    context: ExecuteContext,
    work: (client: SqlClient) => Promise<T>,
  ): Promise<T> {
    const client = await c.scratch.connect(copyFolder(c.scratch, context), name);
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }

  async function run(operation: CommandOperation, context: ExecuteContext): Promise<void> {
    await c.scratch.withEnvironment(copyFolder(c.scratch, context), (env) =>
      context.exec(operation, { env, timeoutMs: c.site.timeouts.dump }),
    );
  }

  async function dumpOne(
    given: Input,
    one: Planned,
    real: string,
    context: ExecuteContext,
  ): Promise<{ readonly bytes: number; readonly recorded: DatabaseEvidence }> {
    const set = await c.vault.open(given.set);
    const target = await set.pathFor(one.file);
    const { bytes } = await namingFullDisk([set.path], c, async () => {
      if (given.format !== 'directory') await createPrivateFile(target);
      await run(withName(one.dump, one.placeholder, real), context);
      return checkDump(target, given.format);
    });
    const recorded = await context.perform({ ...one.read, database: real }, () =>
      withCopy(real, context, (client) => takeEvidence(client, { name: one.name, checksums: false })),
    );
    context.progress({ bytesDone: bytes, text: one.name });
    return { bytes, recorded };
  }

  async function writeGlobals(
    programs: ClientPrograms,
    { set: id }: Input,
    context: ExecuteContext,
  ): Promise<void> {
    const set = await c.vault.open(id);
    const target = await set.pathFor(GLOBALS_FILE);
    await namingFullDisk([set.path], c, async () => {
      // It holds password hashes: private before the first byte is in it.
      await createPrivateFile(target);
      await run(globals(programs, id), context);
      await finishGlobals(target);
    });
  }
}

function command(argv: readonly string[]): CommandOperation {
  return { kind: 'command', argv, env: ['PGHOST', 'PGPORT', 'PGUSER'], effect: 'change' };
}

function withName(operation: CommandOperation, placeholder: string, real: string): CommandOperation {
  return { ...operation, argv: operation.argv.map((word) => word.replace(placeholder, () => real)) };
}

/** As `postgres.dump` tells of its dumps, for `vault.commit`. */
function dumpFacts(
  { format }: Input,
  dump: { readonly name: string; readonly file: string; readonly bytes: number; readonly takenAt: string },
  { name, owner, encoding, collate, ctype }: ServerFacts['databases'][number],
  facts: ServerFacts,
  programs: ClientPrograms,
): JsonObject {
  return {
    ...dump,
    database: name,
    format,
    owner,
    encoding,
    collate,
    ctype,
    server: facts.version,
    client: programs.version,
  };
}
