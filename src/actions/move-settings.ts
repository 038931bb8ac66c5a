import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { removeLines } from '../postgres/hba-text.ts';
import { addToHba, byHand, CHECK_HBA, RELOAD_HBA, reloadHba, takeLinesOut, tornFrom } from './admit-file.ts';
import { askPerson } from './ask-person.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { copyOperation, writeOperation, writeText } from './kept-copies.ts';
import {
  lookAtSettings,
  settingOperation,
  type SettingsLook,
  type TakenSetting,
} from './move-settings-look.ts';
import { targetDatabase, targetInput, type TargetInput } from './move-target.ts';
import { discardKept, firstBefore, keepBefore, keepBeforeOperation, safetyFolder } from './safety.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject(targetInput);

/** `hba`: pg_hba.conf of the new server as this machine reaches it, null when a person changes it. */
export type SettingsBefore = { hba: string | null; backup: string; settings: TakenSetting[] };

type Collaborators = Pick<ActionCollaborators, 'site' | 'database' | 'databaseAt' | 'person' | 'stateFolder'>;

/**
 * Sets the new server up as the old one is, as far as the nodes of the site notice (manual 2.5, p. 142-143): the lines of
 * pg_hba.conf for logins over the network, after a backup of the file, `listen_addresses` and `max_connections`. The last
 * two count from its next start on.
 */
export function createMoveSettings(c: Collaborators): Action<TargetInput, SettingsBefore> {
  const backupOf = (context: Pick<ReadContext, 'run'>): string =>
    safetyFolder(c, context, `${context.run.step}.pg_hba.conf`);
  const there = (given: TargetInput) => ({ database: targetDatabase(c, given) });

  async function addLines(given: TargetInput, look: SettingsLook, backup: string, context: ExecuteContext) {
    const { reached, state } = look.admit;
    const { lines } = look.rules;
    if (lines.length > 0 && reached !== undefined)
      return addToHba(there(given), { hba: reached, backup, look: look.admit }, context);
    if (lines.length === 0 && look.rules.problem === undefined) {
      // An earlier attempt may have ended between the file and its reading.
      if (removeLines(state.text, context.run.id) !== undefined) await reloadHba(there(given), context);
      return;
    }
    await askPerson(c, handOperation(look), 'the new server does not admit the nodes yet', context);
    const after = await lookAtSettings(c, given, context);
    if (after.rules.lines.length > 0 || after.admit.state.errors.length > 0)
      throw new StepError(
        `${state.file} is not as it should be: ${[...after.admit.state.errors, ...after.rules.lines].join('; ')}`,
        { hint: 'Mend it, then `sense-runbook resume`.' },
      );
  }

  return {
    name: 'move.settings',
    effect: 'change',
    input,
    onCancel: 'wait',
    byHand: false,

    async describe(given, context) {
      try {
        const look = await lookAtSettings(c, given, context);
        const { reached, state } = look.admit;
        const lines =
          look.rules.lines.length === 0 && look.rules.problem === undefined
            ? [RELOAD_HBA]
            : reached === undefined || look.rules.problem !== undefined
              ? [handOperation(look)]
              : [copyOperation(reached, backupOf(context)), writeOperation(reached), CHECK_HBA, RELOAD_HBA];
        return {
          operations: [
            keepBeforeOperation(c, context),
            ...lines,
            ...look.settings.map(({ name, value }) => settingOperation(name, value)),
          ],
          observed: { hbaFile: state.file },
          notes: notesOf(look),
        };
      } catch (error) {
        return notPlanned(`How the servers are set up could not be seen: ${factOf(error)}`);
      }
    },

    async prepare(given, context) {
      const look = await lookAtSettings(c, given, context);
      const backup = backupOf(context);
      const { state, reached } = look.admit;
      if (state.errors.length > 0 && (await tornFrom(backup, state.text, context)) === undefined)
        throw new StepError(`${state.file} has mistakes already: ${state.errors.join('; ')}`, {
          hint: 'Nothing was changed. Mend it first.',
        });
      return firstBefore(c, context, () =>
        Promise.resolve({ hba: reached ?? null, backup, settings: [...look.settings] }),
      );
    },

    async execute(given, before, context) {
      await keepBefore(c, context, before);
      let look = await lookAtSettings(c, given, context);
      const whole = await tornFrom(before.backup, look.admit.state.text, context);
      const { reached } = look.admit;
      if (whole !== undefined && reached !== undefined) {
        await context.perform(writeOperation(reached), () => writeText(reached, whole));
        look = await lookAtSettings(c, given, context);
      }
      await addLines(given, look, before.backup, context);
      for (const { name, value } of look.settings) await set(given, name, value, context);
      return { lines: [...look.rules.lines], settings: look.settings.map(({ name }) => name) };
    },

    async check(given, _before, context) {
      const { rules, settings } = await lookAtSettings(c, given, context);
      return rules.lines.length === 0 && rules.problem === undefined && settings.length === 0
        ? 'done'
        : 'not-done';
    },

    describeUndo: (_given, { hba, settings }) =>
      Promise.resolve({
        operations: [
          ...(hba === null ? [] : [writeOperation(hba), RELOAD_HBA]),
          ...settings.map(({ name, old }) => settingOperation(name, old)),
        ],
        notes: hba === null ? ['Lines that a person added to pg_hba.conf stay there.'] : [],
      }),

    async undo(given, { hba, backup, settings }, _outputs, context) {
      if (hba !== null && (await takeLinesOut({ file: hba, backup }, context)))
        await reloadHba(there(given), context);
      for (const { name, old } of settings) await set(given, name, old, context);
    },

    ...discardKept(c, (context) => [backupOf(context)]),
  };

  async function set(given: TargetInput, name: string, value: string | null, context: ExecuteContext) {
    const operation = settingOperation(name, value);
    await context.perform(operation, () =>
      withDatabase(there(given), 'postgres', context, (client) => client.query(operation.text)),
    );
  }
}

function handOperation(look: SettingsLook): HumanOperation {
  if (look.rules.problem === undefined) return { ...byHand(look.admit), repeat: true };
  return {
    kind: 'human',
    text: `${look.rules.problem}. Let ${look.admit.state.file} of the new server admit the same logins, then there, in psql as a superuser: SELECT pg_reload_conf();`,
    effect: 'change',
    repeat: true,
  };
}

function notesOf({ admit, rules, settings }: SettingsLook): string[] {
  const trust = rules.lines.some((line) => /\btrust\b/.test(line));
  return [
    ...(rules.lines.length === 0 && rules.problem === undefined
      ? ['The new server has the lines of pg_hba.conf already.']
      : []),
    ...rules.lines.map((line) => `${admit.state.file} gets: ${line}`),
    ...(trust ? ['A line asks for no password (trust), as on the old server: change it afterwards.'] : []),
    ...settings.map(
      ({ name, value }) => `${name} becomes ${value}, as on the old server, with its next start.`,
    ),
  ];
}
