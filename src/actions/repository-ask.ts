import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { RepositoryApiError, VerificationError } from '../contract/errors.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { RepositoryApi, RepositoryCredentials } from '../contract/node.ts';
import { licenseFacts } from '../platform/qrs/license.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { call } from './repository-call.ts';
import { COUNTED, countIn, versionIn } from './repository-facts.ts';
import { openCredentials, setCredentials } from './set-credentials.ts';
import { setInput } from './set-paths.ts';
import { setPlace, type PlaceCollaborators, type SetPlace } from './set-place.ts';

const ABOUT = '/qrs/about';
/** Where the repository API tells the license. */
export const LICENSE = '/qrs/license';

/** For one answer. Counting is a query of the database. */
const ANSWER_LIMIT_MS = 60_000;

const input = z.strictObject({
  set: setInput,
  /** Of a complete set: where it is read from, as everywhere; absent: the set that is being written. */
  copy: z.string().optional(),
});

type Collaborators = Pick<ActionCollaborators, 'site' | 'secrets' | 'openPfx' | 'clock'> & PlaceCollaborators;

/**
 * Asks the repository API of the node, with the client certificate that was just exported, for its version, how many
 * apps, users, streams and reload tasks there are, and what the license is. It shows both that the site works and that
 * the exported certificate does. A site that cannot be asked gets a warning: the backup is as good without.
 */
export function createRepositoryAsk(c: Collaborators): Action<z.infer<typeof input>, null> {
  const placeOf = (copy: string | undefined, context: Pick<ReadContext, 'run'>): Pick<SetPlace, 'root'> =>
    copy === undefined ? c.vault : setPlace(c, copy, context);
  return {
    name: 'repository.ask',
    effect: 'read',
    input,
    onCancel: 'kill',

    describe({ set, copy }, context) {
      const { name, repository } = context.node;
      if (repository === undefined)
        return Promise.resolve({
          operations: [],
          outputs: { repository: null },
          notes: [`${name} has no repository API that could be asked.`],
        });
      const paths = [ABOUT, ...Object.values(COUNTED), LICENSE];
      return Promise.resolve({
        operations: [
          openCredentials(placeOf(copy, context), set),
          ...paths.map((path) => call(repository, 'GET', path)),
        ],
      });
    },

    prepare: () => Promise.resolve(null),

    async execute({ set, copy }, _before, context) {
      const { repository } = context.node;
      if (repository === undefined) return { repository: null };
      try {
        const place = placeOf(copy, context);
        const credentials = await context.perform(openCredentials(place, set), () =>
          setCredentials(c, place, set),
        );
        return { repository: await askAll(c, repository, credentials, context) };
      } catch (error) {
        context.signal.throwIfAborted();
        if (!(error instanceof RepositoryApiError || error instanceof VerificationError)) throw error;
        context.warn(
          `The repository could not be asked for its version, counts and license: ${error.message}`,
          error.hint,
        );
        return { repository: null };
      }
    },

    check: () => Promise.resolve('not-done'),
  };
}

async function askAll(
  c: Collaborators,
  repository: RepositoryApi,
  credentials: RepositoryCredentials,
  context: ExecuteContext,
): Promise<JsonObject> {
  const ask = (path: string): Promise<JsonValue> =>
    context.perform(call(repository, 'GET', path), (signal) =>
      repository.get(path, credentials, { timeoutMs: ANSWER_LIMIT_MS, signal }),
    );
  const version = versionIn(await ask(ABOUT));
  const counts: Record<string, number> = {};
  for (const [what, path] of Object.entries(COUNTED)) {
    const count = countIn(await ask(path));
    if (count !== undefined) counts[what] = count;
  }
  const license = licenseFacts(await ask(LICENSE));
  const askedAt = c.clock.now().toISOString();
  return { askedAt, ...(version === undefined ? {} : { version }), counts, license };
}
