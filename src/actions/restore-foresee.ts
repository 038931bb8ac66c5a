import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { ExpectedError, StepError, StoppedError } from '../contract/errors.ts';
import type { FileOperation, HumanOperation } from '../contract/operation.ts';
import { PASSWORD_RULES } from '../postgres/password-rules.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { ROLE_NAMES } from './marked-roles.ts';
import { missingOwners, missingOwnerWords, OWNER_LOOKS } from './missing-owners.ts';
import { foreseeNames, lookedLines } from './rename-foreseen.ts';
import { moveOf } from './rename-move.ts';
import { chosenDatabases } from './restore-databases.ts';
import { lookAtRoles } from './roles-look.ts';
import { readSetDatabases } from './set-databases.ts';
import { inSet, setInput } from './set-paths.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** Which roles are missing, and how they will not be as they were. */
  roles: z.boolean().default(true),
  /** The databases that are restored, with commas between them; empty: every one. */
  database: z.string().default(''),
  /** What names the old machine, and what becomes of it. */
  names: z.boolean().default(false),
  /** Host of the central node that was; empty: the set's. */
  from: z.string().default(''),
  /** Host of the new one; empty: that of the central node in the site file. */
  to: z.string().default(''),
  /** Also the host names themselves. */
  'host-names': z.boolean().default(false),
});

type Input = z.infer<typeof input>;

const ROLES = sqlLook('postgres', [ROLE_NAMES, ...PASSWORD_RULES]);

const ASK: HumanOperation = {
  kind: 'human',
  text: 'Read what is told here: it was not known when the restore was confirmed. Is the restore to go on?',
  effect: 'read',
  // Asked only where there is something to tell.
  repeat: true,
};

const UNCHANGED = 'Nothing of the site was changed.';

/** Already says all that there is to say. */
class MissingOwners extends StepError {}

/**
 * Tells of a set that had to be fetched what the plan tells of any other: roles that will not be as they were, and all that
 * changes its name. Before any service is stopped; a person, where there is one, says whether it is to go on.
 */
export function createRestoreForesee(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'person'> & PlaceCollaborators,
): Action<Input, null> {
  const readSet = ({ set, copy }: Input, context: Pick<ReadContext, 'run'>): FileOperation => ({
    kind: 'file',
    verb: 'read',
    path: inSet(setPlace(c, copy, context), set),
    effect: 'read',
  });

  async function roleLines(given: Input, context: ExecuteContext): Promise<string[]> {
    try {
      await refuseMissingOwners(given, context);
      const { made, warnings } = await context.perform(ROLES, () =>
        withDatabase(c, 'postgres', context, (client) => lookAtRoles(c, given, context, client)),
      );
      return [
        ...(made.length === 0 ? [] : [`Roles that are made: ${made.map(({ name }) => name).join(', ')}.`]),
        ...warnings.map(({ message, hint }) => `${message} ${hint}`.trim()),
      ];
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof ExpectedError) || error instanceof MissingOwners) throw error;
      throw new StepError(
        `the roles of the set cannot be compared with those of the server: ${factOf(error)}`,
        {
          changed: UNCHANGED,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
          cause: error,
        },
      );
    }
  }

  /** What the preflight tells of a set that is a folder. */
  async function refuseMissingOwners(given: Input, context: ExecuteContext): Promise<void> {
    const place = setPlace(c, given.copy, context);
    const facts = await readSetDatabases(place, given.set);
    const databases = chosenDatabases(facts.databases, given.database, given.set);
    const missing = await missingOwners(
      c,
      place,
      { id: given.set, databases, dumpMajor: facts.dumpMajor },
      context,
      (operation, work) => context.perform(operation, work),
    );
    const words = missing.map(missingOwnerWords);
    if (words.length > 0)
      throw new MissingOwners(words.map(({ message }) => message).join(' '), {
        changed: UNCHANGED,
        hint: `${words.map(({ hint }) => hint).join(' ')} \`sense-runbook resume\` looks again.`,
      });
  }

  async function nameLines(given: Input, context: ExecuteContext): Promise<string[]> {
    const move = await moveOf(c, { ...given, 'database-host': '' }, context);
    const foreseen = await context.perform(readSet(given, context), () =>
      foreseeNames(c, given, { move, withHosts: given['host-names'] }, context),
    );
    const about = `From ${move.from} to ${move.to}, in the repository database:`;
    if ('unread' in foreseen)
      return [`${about} what changes its name could not be read: ${foreseen.unread}.`];
    return [about, ...lookedLines(foreseen).map((line) => `  ${line}`)];
  }

  return {
    name: 'restore.foresee',
    effect: 'read',
    input,
    onCancel: 'kill',

    describe: (given, context) =>
      Promise.resolve({
        operations: [
          ...(given.roles ? [...OWNER_LOOKS, ROLES] : []),
          ...(given.names ? [readSet(given, context)] : []),
          ASK,
        ],
        notes: ['A person is asked only where there is something to tell, and a terminal.'],
      }),

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const lines = [
        ...(given.roles ? await roleLines(given, context) : []),
        ...(given.names ? await nameLines(given, context) : []),
      ];
      if (lines.length === 0) return { told: [] };
      if (!c.person.canAsk) {
        for (const line of lines) context.progress({ text: line.trim() });
        return { told: lines };
      }
      const text = [...lines, '', ASK.text].join('\n');
      if (!(await context.perform(ASK, (signal) => c.person.confirm(text, signal))))
        throw new StoppedError('the restore is not to go on', {
          changed: UNCHANGED,
          hint: '`sense-runbook resume` asks again; `sense-runbook rollback` ends the run and removes what was fetched.',
        });
      return { told: lines };
    },

    check: () => Promise.resolve('not-done'),
  };
}
