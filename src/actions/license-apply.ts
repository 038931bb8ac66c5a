import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { ExpectedError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { RepositoryApi } from '../contract/node.ts';
import type { FileOperation, HttpOperation, HumanOperation } from '../contract/operation.ts';
import { licenseFacts } from '../platform/qrs/license.ts';
import { COUNT_STATEMENTS, countAssignments } from '../postgres/license.ts';
import { MANIFEST } from '../vault/set-names.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { findDatabase, repositoryName } from './database-names.ts';
import { EVIDENCE_FILE } from './evidence-file.ts';
import { factOf } from './failure.ts';
import { known, orPlaceholder } from './input.ts';
import { judgeRestored, recordedLicense, type KnownLicense } from './license-restored.ts';
import { LICENSE } from './repository-ask.ts';
import { call } from './repository-call.ts';
import { repositoryFacts } from './repository-difference.ts';
import { openCredentials, setCredentials } from './set-credentials.ts';
import { inSet, setInput } from './set-paths.ts';
import { copyInput, setPlace, type PlaceCollaborators, type SetPlace } from './set-place.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';

const ANSWER_LIMIT_MS = 60_000;

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** What the repository API tells now: output of `repository.ask`; null when it could not be asked. */
  repository: orPlaceholder(z.record(z.string(), z.json()).nullable()).optional(),
});

type Input = z.infer<typeof input>;

type Collaborators = Pick<ActionCollaborators, 'site' | 'database' | 'person' | 'secrets' | 'openPfx'> &
  PlaceCollaborators;

const APPLY: HumanOperation = {
  kind: 'human',
  text: [
    'Apply the license key again: in the QMC, under License management, Site license properties, paste the signed license key of the site and click Apply (manual 2.1, p. 108); with a serial number, that and the control number.',
    'The server must reach the license backend of Qlik (port 443): the assignments come back from there. Look whether they did.',
  ].join('\n'),
  effect: 'read',
  repeat: true,
};

const LOOK: HumanOperation = {
  kind: 'human',
  text: 'In the QMC, look at License management: are the license and the assignments there? If not, apply the license key again.',
  effect: 'read',
  repeat: true,
};

/**
 * Holds license and assignments of a restored site against the set, and has a person apply the key again where they are not
 * what they were (manual 5.7, p. 210); then looks once more. What nobody can tell from here a person is asked to look at.
 * Nothing is held up by it: what is open stays a warning.
 */
export function createLicenseApply(c: Collaborators): Action<Input, null> {
  const repository = repositoryName(c.site.database.names);
  const count = sqlLook(repository, COUNT_STATEMENTS, {
    note: 'the tables of these that the release has',
    repeat: true,
  });
  const read = (place: Pick<SetPlace, 'root'>, set: string, name: string): FileOperation => ({
    kind: 'file',
    verb: 'read',
    path: inSet(place, set, name),
    effect: 'read',
  });
  const openCertificate = (place: Pick<SetPlace, 'root'>, set: string): FileOperation => ({
    ...openCredentials(place, set),
    repeat: true,
  });
  const get = (api: RepositoryApi): HttpOperation => ({ ...call(api, 'GET', LICENSE), repeat: true });

  async function countNow(context: ExecuteContext): Promise<Record<string, number>> {
    return context.perform(count, async () => {
      const name = (await findDatabase(c, repository, context)) ?? repository;
      return withDatabase(c, name, context, countAssignments);
    });
  }

  async function askNow(given: Input, context: ExecuteContext): Promise<JsonObject | null | undefined> {
    const { repository: api } = context.node;
    if (api === undefined) return undefined;
    const place = setPlace(c, given.copy, context);
    const credentials = await context.perform(openCertificate(place, given.set), () =>
      setCredentials(c, place, given.set),
    );
    const answer = await context.perform(get(api), (signal) =>
      api.get(LICENSE, credentials, { timeoutMs: ANSWER_LIMIT_MS, signal }),
    );
    return licenseFacts(answer);
  }

  /** What does not answer is unknown, and a warning. */
  async function attempt<T>(context: ExecuteContext, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof ExpectedError)) throw error;
      context.warn(`The license could not be looked at: ${factOf(error)}`, error.hint);
      return undefined;
    }
  }

  async function ask(operation: HumanOperation, context: ExecuteContext): Promise<boolean> {
    if (!c.person.canAsk) return false;
    return context.perform(operation, (signal) => c.person.confirm(operation.text, signal));
  }

  return {
    name: 'license.apply',
    effect: 'read',
    input,
    onCancel: 'kill',

    describe({ set, copy }, context: ReadContext) {
      const place = setPlace(c, copy, context);
      const { repository: api } = context.node;
      return Promise.resolve({
        operations: [
          read(place, set, MANIFEST),
          read(place, set, EVIDENCE_FILE),
          count,
          ...(api === undefined ? [] : [openCertificate(place, set), get(api)]),
          APPLY,
          LOOK,
        ],
        notes: ['A person is asked only when something differs, or cannot be told from here.'],
      });
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const place = setPlace(c, given.copy, context);
      const manifest = await context.perform(read(place, given.set, MANIFEST), () => place.read(given.set));
      const recorded = await context.perform(read(place, given.set, EVIDENCE_FILE), () =>
        recordedLicense(manifest, inSet(place, given.set, EVIDENCE_FILE), repository),
      );
      const asked = repositoryFacts(known(given.repository));
      const now: KnownLicense = {
        license: asked?.license,
        assignments: (await attempt(context, () => countNow(context))) ?? {},
      };
      const first = judgeRestored(recorded, now);
      if (first.compared && first.differences.length === 0) return { state: 'as-before', differences: [] };
      if (first.differences.length === 0) {
        const looked = await ask(LOOK, context);
        if (!looked) context.warn(`Not done yet: ${LOOK.text}`);
        return { state: looked ? 'looked' : 'unknown', differences: [] };
      }
      for (const { message } of first.differences) context.progress({ text: message });
      if (!(await ask(APPLY, context))) return open(first.differences, context);
      const again = judgeRestored(recorded, {
        license: (await attempt(context, () => askNow(given, context))) ?? asked?.license,
        assignments: (await attempt(context, () => countNow(context))) ?? {},
      });
      if (again.differences.length > 0) return open(again.differences, context);
      return { state: 'applied', differences: [] };
    },

    check: () => Promise.resolve('not-done'),
  };
}

function open(
  differences: readonly { readonly message: string; readonly hint: string }[],
  context: ExecuteContext,
): JsonObject {
  for (const { message, hint } of differences) context.warn(message, hint);
  return { state: 'open', differences: differences.map(({ message }) => message) };
}
