import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Action, Description, ExecuteContext, ReadContext } from '../contract/action.ts';
import { ConfirmationError, StepError, StoppedError } from '../contract/errors.ts';
import type { FileOperation, HumanOperation, SqlOperation } from '../contract/operation.ts';
import { addLines, isTorn, removeLines } from '../postgres/hba-text.ts';
import { readRules } from '../postgres/hba-server.ts';
import { makePrivateFolder } from '../site/state-folder.ts';
import { lookWhoIsAdmitted, REPOSITORY_ROLE, withServer, type AdmitLook } from './admit-nodes.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { notPlanned, factOf } from './failure.ts';
import { keepBefore, keepOperation, keptBefore, safetyFolder, textIfThere } from './safety-folder.ts';

const input = z.strictObject({
  /** Names of nodes, host names, addresses or ranges (`10.0.0.0/24`); none: every node of the site. */
  nodes: z.array(z.string().min(1)).default([]),
  role: z.string().min(1).default(REPOSITORY_ROLE),
});

type Input = z.infer<typeof input>;

/** `hba`: the file as this machine reaches it, null when a person changes it; `listen`: what ALTER SYSTEM had set. */
export type AdmitBefore = {
  hba: string | null;
  backup: string;
  listen: { changes: boolean; old: string | null };
};

const CHECK = sql('SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL', 'read');
const RELOAD = sql('SELECT pg_reload_conf()', 'change');
const LISTEN = sql("ALTER SYSTEM SET listen_addresses = '*'", 'change');

/**
 * Has the database server admit the nodes of the site (manual 2.5, p. 142): lines in pg_hba.conf, which PostgreSQL itself
 * checks before it is told to read them, and `listen_addresses`, which takes a restart that is left to a person.
 */
export function createRestoreAdmit(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'network' | 'person' | 'stateFolder'>,
): Action<Input, AdmitBefore> {
  const backupOf = (context: Pick<ReadContext, 'run'>): string =>
    path.join(safetyFolder(c, context), `${context.run.step}.pg_hba.conf`);
  const keep = (context: Pick<ReadContext, 'run'>): FileOperation =>
    keepOperation(c, context, `${context.run.step}.json`);
  const saveOperation = (hba: string, backup: string): FileOperation => ({
    kind: 'file',
    verb: 'copy',
    path: backup,
    source: hba,
    effect: 'change',
    repeat: true,
  });

  async function admitHere(
    hba: string,
    look: AdmitLook,
    backup: string,
    context: ExecuteContext,
  ): Promise<void> {
    const { text } = look.state;
    const { lines, before } = look.admission;
    await context.perform(saveOperation(hba, backup), async () => {
      await makePrivateFolder(path.dirname(backup));
      // The first one counts: what is there at a later attempt may be half of ours.
      if ((await textIfThere(backup)) !== undefined) return;
      const { default: writeFileAtomic } = await import('write-file-atomic');
      await writeFileAtomic(backup, text, { encoding: 'latin1', mode: 0o600 });
    });
    const wanted = addLines(text, {
      run: context.run.id,
      lines,
      ...(before === undefined ? {} : { before: before.line }),
    });
    await context.perform(writeOperation(hba), () => writeHba(hba, wanted));
    const errors = await context.perform(CHECK, () =>
      withServer(c, context, async (client) => (await readRules(client)).errors),
    );
    if (errors.length > 0) {
      await context.perform(writeOperation(hba), () => writeHba(hba, text));
      throw new StepError(`PostgreSQL does not take the new lines of ${hba}: ${errors.join('; ')}`, {
        hint: 'The file is as it was, and was not read again. Add the lines by hand, then leave this step out.',
      });
    }
    await reload(context);
  }

  async function reload(context: ExecuteContext): Promise<void> {
    await context.perform(RELOAD, () =>
      withServer(c, context, (client) => client.query('select pg_catalog.pg_reload_conf()')),
    );
  }

  async function askPerson(given: Input, look: AdmitLook, context: ExecuteContext): Promise<void> {
    const operation = byHand(look);
    if (!c.person.canAsk)
      throw new ConfirmationError(
        `someone has to do this by hand, and there is no terminal:\n${operation.text}`,
        {
          hint: 'Run it again with a terminal.',
        },
      );
    const done = await context.perform(operation, (signal) => c.person.confirm(operation.text, signal));
    if (!done)
      throw new StoppedError('the database does not admit the nodes yet', {
        hint: '`sense-runbook resume` asks again.',
      });
    const { state, admission } = await lookWhoIsAdmitted(c, given, context);
    const wrong = [
      ...state.errors,
      ...admission.lines.map((line) => `missing, or behind a line that refuses it: ${line}`),
    ];
    if (wrong.length > 0)
      throw new StepError(`${state.file} is not as it should be: ${wrong.join('; ')}`, {
        hint: 'Mend it before anything reloads it, then `sense-runbook resume`.',
      });
  }

  /** The file as it was, when a write of an earlier attempt was cut off. */
  async function tornFrom(
    { backup }: Pick<AdmitBefore, 'backup'>,
    text: string,
    context: ReadContext,
  ): Promise<string | undefined> {
    const original = await textIfThere(backup);
    return original !== undefined && isTorn(text, { run: context.run.id, original }) ? original : undefined;
  }

  return {
    name: 'restore.admit',
    effect: 'change',
    input,
    onCancel: 'wait',

    async describe(given, context): Promise<Description> {
      let look: AdmitLook;
      try {
        look = await lookWhoIsAdmitted(c, given, context);
      } catch (error) {
        return notPlanned(`Whom the database admits could not be seen: ${factOf(error)}`);
      }
      const { reached, admission } = look;
      const backup = backupOf(context);
      const file =
        reached === undefined
          ? [{ ...byHand(look), repeat: true as const }]
          : [saveOperation(reached, backup), writeOperation(reached), CHECK, RELOAD];
      return {
        operations: [keep(context), ...file, LISTEN],
        observed: { hbaFile: look.state.file },
        notes: [
          ...(admission.lines.length === 0 ? ['Every node with an address is admitted already.'] : []),
          ...admission.lines.map((line) => `${look.state.file} gets: ${line}`),
          ...(admission.before === undefined
            ? []
            : [`It stands before line ${String(admission.before.line)}, which refuses them.`]),
          ...(look.deaf ? [deafWords(look)] : []),
          ...look.unknown.map(unknownWords),
        ],
      };
    },

    async prepare(given, context) {
      const look = await lookWhoIsAdmitted(c, given, context);
      const backup = backupOf(context);
      if (
        look.state.errors.length > 0 &&
        (await tornFrom({ backup }, look.state.text, context)) === undefined
      )
        throw new StepError(`${look.state.file} has mistakes already: ${look.state.errors.join('; ')}`, {
          hint: 'Nothing was changed. PostgreSQL would not read the file again as it is: mend it first.',
        });
      const kept = (await keptBefore(keep(context).path)) as AdmitBefore | undefined;
      return (
        kept ?? {
          hba: look.reached ?? null,
          backup,
          listen: { changes: look.deaf && look.state.listenBySystem !== '*', old: look.state.listenBySystem },
        }
      );
    },

    async execute(given, before, context) {
      await keepBefore(context, keep(context), before);
      let look = await lookWhoIsAdmitted(c, given, context);
      const whole = await tornFrom(before, look.state.text, context);
      if (whole !== undefined && look.reached !== undefined) {
        const { reached } = look;
        await context.perform(writeOperation(reached), () => writeHba(reached, whole));
        look = await lookWhoIsAdmitted(c, given, context);
      }
      const { lines } = look.admission;
      if (lines.length > 0) {
        if (look.reached === undefined) await askPerson(given, look, context);
        else await admitHere(look.reached, look, before.backup, context);
      }
      // An earlier attempt may have ended between the file and its reading.
      else if (removeLines(look.state.text, context.run.id) !== undefined) await reload(context);
      if (before.listen.changes) {
        await context.perform(LISTEN, () =>
          withServer(c, context, (client) => client.query("ALTER SYSTEM SET listen_addresses = '*'")),
        );
      }
      if (look.deaf)
        context.warn(
          deafWords(look),
          'Restart the database service before the nodes are started; the services of the central node must be stopped meanwhile.',
        );
      for (const host of look.unknown) context.warn(unknownWords(host));
      return {
        lines: [...lines],
        file: look.state.file,
        restartNeeded: look.deaf,
        unknown: [...look.unknown],
      };
    },

    async check(given, before, context) {
      const look = await lookWhoIsAdmitted(c, given, context);
      const listens = !before.listen.changes || look.state.listenBySystem === '*';
      return look.admission.lines.length === 0 && listens ? 'done' : 'not-done';
    },

    describeUndo: (_given, { hba, listen }) =>
      Promise.resolve({
        operations: [
          ...(hba === null ? [] : [writeOperation(hba), RELOAD]),
          ...(listen.changes ? [listenBack(listen.old)] : []),
        ],
        notes: hba === null ? ['The lines that a person added to pg_hba.conf stay there.'] : [],
      }),

    async undo(_given, { hba, backup, listen }, _outputs, context) {
      const original = await textIfThere(backup);
      if (hba !== null && original !== undefined) {
        const now = (await textIfThere(hba)) ?? '';
        const { id: run } = context.run;
        const wanted = isTorn(now, { run, original }) ? original : (removeLines(now, run) ?? now);
        if (wanted !== now) await context.perform(writeOperation(hba), () => writeHba(hba, wanted));
        // Also when the file is right already: an earlier undo may have ended between the two.
        await reload(context);
      }
      if (!listen.changes) return;
      await context.perform(listenBack(listen.old), () =>
        withServer(c, context, async (client) => {
          if (listen.old === null) return client.query('ALTER SYSTEM RESET listen_addresses');
          // ALTER SYSTEM takes no parameters: the server quotes it.
          const [quoted] = await client.query<{ text: string }>('select quote_literal($1) as text', [
            listen.old,
          ]);
          return client.query(`ALTER SYSTEM SET listen_addresses = ${quoted?.text ?? "''"}`);
        }),
      );
    },
  };
}

function sql(text: string, effect: 'read' | 'change'): SqlOperation {
  return { kind: 'sql', database: 'postgres', text, effect, repeat: true };
}

function listenBack(old: string | null): SqlOperation {
  return sql(
    old === null ? 'ALTER SYSTEM RESET listen_addresses' : `ALTER SYSTEM SET listen_addresses = '${old}'`,
    'change',
  );
}

function writeOperation(hba: string): FileOperation {
  return { kind: 'file', verb: 'write', path: hba, effect: 'change', repeat: true };
}

/**
 * In place: a new file would not have the owner and the rights that the server's account needs. A write that is cut off
 * leaves the beginning of it, which a later attempt and the undo recognise.
 */
async function writeHba(file: string, text: string): Promise<void> {
  await fs.writeFile(file, text, { encoding: 'latin1', flush: true });
}

function byHand({ state, admission }: AdmitLook): HumanOperation {
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

function deafWords({ state }: AdmitLook): string {
  return `The database server listens on ${state.listen === '' ? 'no address' : state.listen} only; listen_addresses = '*' counts after its restart.`;
}

function unknownWords(host: string): string {
  return `${host} has no address here, so it gets no line in pg_hba.conf: name its address as one of "nodes", or add the line by hand.`;
}
