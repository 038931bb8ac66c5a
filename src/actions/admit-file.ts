import type { ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { HumanOperation, SqlOperation } from '../contract/operation.ts';
import { readRules } from '../postgres/hba-server.ts';
import { addLines, isTorn, removeLines } from '../postgres/hba-text.ts';
import { lookWhoIsAdmitted, type AdmitLook, type AdmitRequest } from './admit-nodes.ts';
import { askPerson } from './ask-person.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyOperation, keepOnce, textIfThere, writeOperation, writeText } from './kept-copies.ts';
import { withDatabase } from './with-database.ts';

type Collaborators = Pick<ActionCollaborators, 'database'>;

/** PostgreSQL checks pg_hba.conf as it is on disk. */
export const CHECK_HBA = maintenance('SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL', 'read');
/** The server reads it again. */
export const RELOAD_HBA = maintenance('SELECT pg_reload_conf()', 'change');

/** A statement in the maintenance database. */
export function maintenance(text: string, effect: 'read' | 'change'): SqlOperation {
  return { kind: 'sql', database: 'postgres', text, effect, repeat: true };
}

/**
 * Adds the lines to the file `hba`, which is kept in `backup` first, and has the server read it.
 * @throws StepError when PostgreSQL does not take them; the file is as it was then
 */
export async function addToHba(
  c: Collaborators,
  { hba, backup, look }: { readonly hba: string; readonly backup: string; readonly look: AdmitLook },
  context: ExecuteContext,
): Promise<void> {
  const { text } = look.state;
  const { lines, before } = look.admission;
  await context.perform(copyOperation(hba, backup), () => keepOnce(backup, text));
  const wanted = addLines(text, {
    run: context.run.id,
    lines,
    ...(before === undefined ? {} : { before: before.line }),
  });
  await context.perform(writeOperation(hba), () => writeText(hba, wanted));
  const errors = await context.perform(CHECK_HBA, () =>
    withDatabase(c, 'postgres', context, async (client) => (await readRules(client)).errors),
  );
  if (errors.length > 0) {
    await context.perform(writeOperation(hba), () => writeText(hba, text));
    throw new StepError(`PostgreSQL does not take the new lines of ${hba}: ${errors.join('; ')}`, {
      hint: 'The file is as it was, and was not read again. Add the lines by hand, then leave this step out.',
    });
  }
  await reloadHba(c, context);
}

/** Has the server read its files again. */
export async function reloadHba(c: Collaborators, context: ExecuteContext): Promise<void> {
  await context.perform(RELOAD_HBA, () =>
    withDatabase(c, 'postgres', context, (client) => client.query('select pg_catalog.pg_reload_conf()')),
  );
}

/** The file as it was, when a write of an earlier attempt was cut off. */
export async function tornFrom(
  backup: string,
  text: string,
  { run }: Pick<ReadContext, 'run'>,
): Promise<string | undefined> {
  const original = await textIfThere(backup);
  return original !== undefined && isTorn(text, { run: run.id, original }) ? original : undefined;
}

/**
 * Takes the lines of this run out of the file again; they are marked, so that it needs the kept copy only where a write of it was
 * cut off. Gives whether the server may have read them: also when they are out already, by an undo that ended before that.
 */
export async function takeLinesOut(
  { file, backup }: { readonly file: string; readonly backup: string },
  context: ExecuteContext,
): Promise<boolean> {
  const now = (await textIfThere(file)) ?? '';
  const wanted = (await tornFrom(backup, now, context)) ?? removeLines(now, context.run.id) ?? now;
  if (wanted !== now) await context.perform(writeOperation(file), () => writeText(file, wanted));
  return wanted !== now || (await textIfThere(backup)) !== undefined;
}

/** Has a person add the lines, and looks whether they are there. @throws StepError when they are not */
export async function haveLinesAdded(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'network' | 'person'>,
  request: AdmitRequest,
  look: AdmitLook,
  context: ExecuteContext,
): Promise<void> {
  await askPerson(c, byHand(look), 'the database does not admit the nodes yet', context);
  const { state, admission } = await lookWhoIsAdmitted(c, request, context);
  const wrong = [
    ...state.errors,
    ...admission.lines.map((line) => `missing, or behind a line that refuses it: ${line}`),
  ];
  if (wrong.length > 0)
    throw new StepError(`${state.file} is not as it should be: ${wrong.join('; ')}`, {
      hint: 'Mend it before anything reloads it, then `sense-runbook resume`.',
    });
}

/** What the person is told. */
export function byHand({ state, admission }: AdmitLook): HumanOperation {
  const { lines, before } = admission;
  const where =
    before === undefined
      ? `at the end of ${state.file}`
      : `to ${before.file ?? state.file}, before its line ${String(before.line)}`;
  return {
    kind: 'human',
    text: [
      `On the database server, add ${where}:`,
      ...lines,
      'Keep a copy of the file first. Then, in psql as a superuser: SELECT pg_reload_conf();',
    ].join('\n'),
    effect: 'change',
  };
}
