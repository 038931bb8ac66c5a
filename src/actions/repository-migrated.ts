import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { RepositoryApiError, VerificationError } from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import type { RepositoryApi, RepositoryCredentials } from '../contract/node.ts';
import { formatCount } from '../foundation/human.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { call } from './repository-call.ts';
import { openCredentials, setCredentials } from './set-credentials.ts';
import { setInput } from './set-paths.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';

const APPS = '/qrs/app';
/** As the vendor's documentation has it; each app is asked for by its own identifier. */
const EACH = '/qrs/app/{id}/state';

/** For one answer. The list is a query of the database. */
const ANSWER_LIMIT_MS = 60_000;
/** An app of the list is about a kilobyte, and large sites have ten thousand. */
const LIST_BYTES = 64 * 1024 * 1024;
/** Apps that are asked for at the same time. */
const AT_ONCE = 4;
/** Names that a warning has. */
const NAMED = 10;

const input = z.strictObject({ set: setInput, copy: copyInput });

const list = z.array(z.object({ id: z.string(), name: z.string().default('without a name') }));
const state = z.object({ appIsEnabled: z.boolean() });

type Collaborators = Pick<ActionCollaborators, 'site' | 'secrets' | 'openPfx'> & PlaceCollaborators;

/** What became known of the apps of a site. */
interface Apps {
  readonly count: number;
  /** Names of those that are not migrated. */
  readonly open: string[];
  /** Those that were not told of, as one that was removed meanwhile. */
  readonly unknown: number;
}

/**
 * Asks the repository API of the node for each app whether it has been migrated to the installed release (help.qlik.com, Repository
 * Service API, "App: Get state"), with the client certificate of the set. Qlik Sense migrates apps by itself, as a rule: what
 * is not yet is a warning, and so is a site that cannot be asked.
 */
export function createRepositoryMigrated(c: Collaborators): Action<z.infer<typeof input>, null> {
  return {
    name: 'repository.migrated',
    effect: 'read',
    input,
    onCancel: 'kill',

    describe({ set, copy }, context) {
      const { name, repository } = context.node;
      if (repository === undefined)
        return Promise.resolve({
          operations: [],
          outputs: { apps: null, open: null },
          notes: [`${name} has no repository API that could be asked.`],
        });
      return Promise.resolve({
        operations: [
          openCredentials(setPlace(c, copy, context), set),
          call(repository, 'GET', APPS),
          call(repository, 'GET', EACH),
        ],
      });
    },

    prepare: () => Promise.resolve(null),

    async execute({ set, copy }, _before, context) {
      const { repository } = context.node;
      if (repository === undefined) return { apps: null, open: null };
      try {
        const place = setPlace(c, copy, context);
        const credentials = await context.perform(openCredentials(place, set), () =>
          setCredentials(c, place, set),
        );
        const apps = await context.perform(call(repository, 'GET', APPS), (signal) =>
          listApps(repository, credentials, signal),
        );
        const found = await context.perform(call(repository, 'GET', EACH), (signal) =>
          askEach(apps, repository, credentials, signal),
        );
        warn(found, (message, hint) => {
          context.warn(message, hint);
        });
        return { apps: found.count, open: found.open };
      } catch (error) {
        context.signal.throwIfAborted();
        if (!(error instanceof RepositoryApiError || error instanceof VerificationError)) throw error;
        context.warn(`Which apps have to be migrated is not known: ${error.message}`, LOOK);
        return { apps: null, open: null };
      }
    },

    check: () => Promise.resolve('not-done'),
  };
}

const LOOK = 'Look in the QMC under Apps (manual 3.5 step 2, p. 172).';

function warn({ count, open, unknown }: Apps, tell: (message: string, hint: string) => void): void {
  const names = open.slice(0, NAMED).join(', ');
  const more = open.length > NAMED ? ` and ${String(open.length - NAMED)} more` : '';
  if (open.length > 0)
    tell(
      `${String(open.length)} of ${formatCount(count, 'app')} ${open.length === 1 ? 'is' : 'are'} not migrated to this release yet: ${names}${more}.`,
      `Qlik Sense migrates apps by itself, as a rule, and that takes time. ${LOOK} One that stays is migrated there.`,
    );
  if (unknown > 0) tell(`Nothing told of ${formatCount(unknown, 'app')} whether migration is done.`, LOOK);
}

async function listApps(
  repository: RepositoryApi,
  credentials: RepositoryCredentials,
  signal: AbortSignal,
): Promise<z.output<typeof list>> {
  const wait = { timeoutMs: ANSWER_LIMIT_MS, signal, largestBytes: LIST_BYTES };
  return read(list, await repository.get(APPS, credentials, wait), repository.url(APPS));
}

async function askEach(
  apps: z.output<typeof list>,
  repository: RepositoryApi,
  credentials: RepositoryCredentials,
  signal: AbortSignal,
): Promise<Apps> {
  const open: string[] = [];
  let unknown = 0;
  const waiting = [...apps].sort((a, b) => (a.name < b.name ? -1 : 1)).values();
  let failure: RepositoryApiError | undefined;
  const work = async (): Promise<void> => {
    for (const { id, name } of waiting) {
      const path = EACH.replace('{id}', encodeURIComponent(id));
      try {
        const answer = await repository.get(path, credentials, { timeoutMs: ANSWER_LIMIT_MS, signal });
        if (!read(state, answer, repository.url(path)).appIsEnabled) open.push(name);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RepositoryApiError)) throw error;
        failure = error;
        unknown += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  // Not one answer: this release or this site does not tell.
  if (failure !== undefined && unknown === apps.length) throw failure;
  return { count: apps.length, open: open.sort(), unknown };
}

function read<T>(schema: z.ZodType<T>, answer: JsonValue, where: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new RepositoryApiError(`${where}: what was answered is not what the documentation says`, {
    hint: LOOK,
    cause: parsed.error,
  });
}
