import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import type { FileOperation } from '../contract/operation.ts';
import { SET_PARTS } from '../vault/set-parts.ts';
import { CERTIFICATE_INDEX, readCertificateIndex } from './certificate-index.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { known, orPlaceholder } from './input.ts';
import { ASK_INSTALLED, askInstalled } from './installed-release.ts';
import { restoreText } from './restore-text.ts';
import { inSet, setInput } from './set-paths.ts';
import { shareTrees } from './trees.ts';

const dumpedDatabase = z.object({
  name: z.string(),
  database: z.string(),
  file: z.string(),
  format: z.string(),
  bytes: z.number(),
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  server: z.string(),
  client: z.string(),
  /** The moment that the dump shows, ISO 8601 UTC. */
  takenAt: z.string().optional(),
  /** Users with the role Root Admin; only of the repository database. */
  rootAdmins: z.array(z.string()).optional(),
});

const milliseconds = orPlaceholder(z.number().nonnegative()).optional();

const input = z.strictObject({
  set: setInput,
  /** How quiet the site was; `none`: database and share are not of one moment. */
  quiesce: z.string(),
  /** `dumps` of the outputs of each dump step, by any name. */
  dumps: z.record(z.string(), orPlaceholder(z.array(dumpedDatabase))),
  /** What the repository API told; absent or null when it was not asked. */
  repository: orPlaceholder(z.record(z.string(), z.json()).nullable()).optional(),
  /** Parts of a whole set that there was nothing to make of: a drill does not ask for them, and says so. */
  lacks: z.partialRecord(z.enum(SET_PARTS), z.boolean()).default({}),
  durationMs: milliseconds,
  downtimeMs: milliseconds,
  quietMs: milliseconds,
  /** Warnings of the run so far. */
  warnings: orPlaceholder(z.array(z.union([z.string(), z.looseObject({ message: z.string() })]))).optional(),
});

type Input = z.infer<typeof input>;

/** What the dump steps said, put together. */
interface Dumped {
  readonly databases: readonly z.infer<typeof dumpedDatabase>[];
  readonly server: string;
  readonly client: string;
}

/**
 * Makes the set valid: writes RESTORE.md, then hashes what is not hashed yet, makes everything durable and writes
 * manifest.json last (design rule 5.3).
 */
export function createVaultCommit(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'clock' | 'templates' | 'tool' | 'database'>,
): Action<Input, null> {
  const write = (set: string, name: string): FileOperation => ({
    kind: 'file',
    verb: 'write',
    path: inSet(c.vault, set, name),
    effect: 'change',
  });
  return {
    name: 'vault.commit',
    effect: 'change',
    input,
    onCancel: 'kill',

    describe({ set, quiesce }, { node }) {
      return Promise.resolve({
        operations: [
          ...(node.discover === undefined ? [] : [ASK_INSTALLED]),
          write(set, 'RESTORE.md'),
          write(set, 'manifest.json'),
        ],
        ...(quiesce === 'none' ? { approval: [ONLINE] } : {}),
      });
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const { set: id } = given;
      const set = await c.vault.open(id);
      const dumped = gather(given);
      const warnings = warningsOf(given, dumped);
      const certificates = await readCertificateIndex(inSet(c.vault, id, CERTIFICATE_INDEX));
      const lacks = SET_PARTS.filter((part) => given.lacks[part] === true);
      if (lacks.includes('certificates') && certificates.length > 0)
        throw new TypeError('the runbook says that the set has no certificates, and it has some');
      const release = await releaseOf(c, context);
      await context.perform(write(id, 'RESTORE.md'), async () => {
        const { databases, server, client } = dumped;
        const repository = known(given.repository) ?? undefined;
        const text = await restoreText(
          c,
          { set: id, release, databases, server, client, certificates, warnings, repository },
          context,
        );
        await fs.writeFile(await set.pathFor('RESTORE.md'), text, { mode: 0o600 });
      });
      const manifest = await context.perform(write(id, 'manifest.json'), (signal) =>
        c.vault.commit(
          id,
          {
            run: context.run.id,
            tool: c.tool,
            site: siteFacts(c, release),
            ...times(given),
            warnings,
            quiesce: given.quiesce,
            mutuallyConsistent: given.quiesce !== 'none',
            postgres: { server: dumped.server, clients: dumped.client },
            databases: dumped.databases.map(withoutAbsent),
            certificates: certificates.map((entry): JsonObject => ({ ...entry })),
            ...repositoryFacts(given),
            ...(lacks.length === 0 ? {} : { lacks }),
          },
          { signal, onProgress: (progress) => context.progress(progress) },
        ),
      );
      if (given.quiesce === 'none') context.warn(ONLINE, ONLINE_HINT);
      return { set: id, path: set.path, sequence: manifest.sequence, ...sizes(manifest) };
    },

    async check({ set }) {
      const summary = (await c.vault.list()).find(({ id }) => id === set);
      return summary?.state === 'complete' ? 'done' : 'not-done';
    },
  };
}

/** Said before, in the set, and after. */
const ONLINE =
  'Made while the site was running (quiesce=none): the databases and the share are not of one moment.';
const ONLINE_HINT =
  'A restore of it may miss apps, or have some without their data. Make others with the services down (quiesce=full or snapshot; manual 5.6, p. 208).';

function gather({ dumps }: Input): Dumped {
  const databases = Object.values(dumps).flatMap((part) => known(part) ?? []);
  return {
    databases,
    server: databases[0]?.server ?? 'unknown',
    client: databases[0]?.client ?? 'unknown',
  };
}

function warningsOf(given: Input, { server, client }: Dumped): string[] {
  const warnings = (known(given.warnings) ?? []).map((entry) =>
    typeof entry === 'string' ? entry : entry.message,
  );
  if (given.quiesce === 'none') {
    warnings.push(ONLINE);
  }
  const [serverMajor, clientMajor] = [majorOf(server), majorOf(client)];
  if (clientMajor > serverMajor) {
    warnings.push(
      `Dumped with the programs of PostgreSQL ${client} from a server of version ${server}: restore with pg_restore ${String(clientMajor)} or newer; the site's own older programs may refuse the dumps.`,
    );
  }
  return [...new Set(warnings)];
}

function withoutAbsent({ takenAt, rootAdmins, ...database }: z.infer<typeof dumpedDatabase>): JsonObject {
  return {
    ...database,
    ...(takenAt === undefined ? {} : { takenAt }),
    ...(rootAdmins === undefined ? {} : { rootAdmins }),
  };
}

/** The first number of a version, with the second where it counts (9.6). */
function majorOf(version: string): number {
  const [first = 0, second = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return first >= 10 ? first : first + second / 10;
}

function times({ durationMs, downtimeMs, quietMs }: Input): {
  durationMs?: number;
  downtimeMs?: number;
  quietMs?: number;
} {
  const entries = Object.entries({ durationMs, downtimeMs, quietMs });
  return Object.fromEntries(entries.filter(([, value]) => typeof value === 'number'));
}

function repositoryFacts({ repository }: Input): { repository?: JsonObject } {
  const facts = known(repository);
  return facts === undefined || facts === null ? {} : { repository: facts };
}

function sizes(manifest: JsonObject): JsonObject {
  return Object.fromEntries(
    ['bytes', 'bytesNew'].flatMap((key) => (typeof manifest[key] === 'number' ? [[key, manifest[key]]] : [])),
  );
}

/** What is installed; where Windows cannot tell, what the site file says, which may be older than the last upgrade. */
async function releaseOf(
  { site }: Pick<ActionCollaborators, 'site'>,
  context: ExecuteContext,
): Promise<string | undefined> {
  const { node } = context;
  if (node.discover === undefined) return site.qlik.release;
  try {
    const found = await context.perform(ASK_INSTALLED, (signal) => askInstalled(node, signal));
    return found?.release ?? site.qlik.release;
  } catch (error) {
    context.signal.throwIfAborted();
    context.warn(`${node.host} does not say which release is installed: ${factOf(error)}`);
    return site.qlik.release;
  }
}

/** What the manifest tells of the site: enough to know where the set belongs, no secret references. */
function siteFacts({ site }: Pick<ActionCollaborators, 'site'>, release: string | undefined): JsonObject {
  return {
    name: site.name,
    ...(release === undefined ? {} : { release }),
    installFolder: site.qlik.installFolder,
    programDataFolder: site.qlik.programDataFolder,
    nodes: site.nodes.map(({ name, host, role, failoverCandidate }) => ({
      name,
      host,
      role,
      failoverCandidate,
    })),
    database: { host: site.database.host, port: site.database.port, user: site.database.user },
    share: shareTrees(site.share).map(({ from, to }) => ({ folder: to, original: from })),
  };
}
