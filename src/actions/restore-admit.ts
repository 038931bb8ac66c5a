import * as z from 'zod';
import type { Action, Description, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { removeLines } from '../postgres/hba-text.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import {
  addToHba,
  byHand,
  CHECK_HBA,
  haveLinesAdded,
  maintenance,
  RELOAD_HBA,
  reloadHba,
  takeLinesOut,
  tornFrom,
} from './admit-file.ts';
import { lookWhoIsAdmitted, type AdmitLook } from './admit-nodes.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { notPlanned, factOf } from './failure.ts';
import { copyOperation, writeOperation, writeText } from './kept-copies.ts';
import { discardKept, firstBefore, keepBefore, keepBeforeOperation, safetyFolder } from './safety.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({
  /** Names of nodes, host names, addresses or ranges (`10.0.0.0/24`); none: every node of the site. */
  nodes: z.array(z.string().min(1)).default([]),
  role: z.string().min(1).default(REPOSITORY_ROLE.name),
  /** Whether `listen_addresses` is set too; false where another step does that. */
  listen: z.boolean().default(true),
});

type Input = z.infer<typeof input>;

/** `hba`: the file as this machine reaches it, null when a person changes it; `listen`: what ALTER SYSTEM had set. */
export type AdmitBefore = {
  hba: string | null;
  backup: string;
  listen: { changes: boolean; old: string | null };
};

const LISTEN = maintenance("ALTER SYSTEM SET listen_addresses = '*'", 'change');

/**
 * Has the database server admit the nodes of the site (manual 2.5, p. 142-143): lines in pg_hba.conf, which PostgreSQL itself
 * checks before it is told to read them, and `listen_addresses`, which takes a restart that is left to a person.
 */
export function createRestoreAdmit(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'network' | 'person' | 'stateFolder'>,
): Action<Input, AdmitBefore> {
  const backupOf = (context: Pick<ReadContext, 'run'>): string =>
    safetyFolder(c, context, `${context.run.step}.pg_hba.conf`);

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
          : [copyOperation(reached, backup), writeOperation(reached), CHECK_HBA, RELOAD_HBA];
      return {
        operations: [keepBeforeOperation(c, context), ...file, ...(given.listen ? [LISTEN] : [])],
        observed: { hbaFile: look.state.file },
        notes: [
          ...(admission.lines.length === 0 ? ['Every node with an address is admitted already.'] : []),
          ...admission.lines.map((line) => `${look.state.file} gets: ${line}`),
          ...(admission.before === undefined
            ? []
            : [`It stands before line ${String(admission.before.line)}, which refuses them.`]),
          ...(look.deaf && given.listen ? [deafWords(look)] : []),
          ...look.unknown.map(unknownWords),
        ],
      };
    },

    async prepare(given, context) {
      const look = await lookWhoIsAdmitted(c, given, context);
      const backup = backupOf(context);
      if (look.state.errors.length > 0 && (await tornFrom(backup, look.state.text, context)) === undefined)
        throw new StepError(`${look.state.file} has mistakes already: ${look.state.errors.join('; ')}`, {
          hint: 'Nothing was changed. PostgreSQL would not read the file again as it is: mend it first.',
        });
      const { listenBySystem } = look.state;
      return firstBefore(c, context, () =>
        Promise.resolve({
          hba: look.reached ?? null,
          backup,
          listen: { changes: given.listen && look.deaf && listenBySystem !== '*', old: listenBySystem },
        }),
      );
    },

    async execute(given, before, context) {
      await keepBefore(c, context, before);
      let look = await lookWhoIsAdmitted(c, given, context);
      const whole = await tornFrom(before.backup, look.state.text, context);
      if (whole !== undefined && look.reached !== undefined) {
        const { reached } = look;
        await context.perform(writeOperation(reached), () => writeText(reached, whole));
        look = await lookWhoIsAdmitted(c, given, context);
      }
      const { lines } = look.admission;
      if (lines.length > 0) {
        if (look.reached === undefined) await haveLinesAdded(c, given, look, context);
        else await addToHba(c, { hba: look.reached, backup: before.backup, look }, context);
      }
      // An earlier attempt may have ended between the file and its reading.
      else if (removeLines(look.state.text, context.run.id) !== undefined) await reloadHba(c, context);
      if (before.listen.changes) {
        await context.perform(LISTEN, () =>
          withDatabase(c, 'postgres', context, (client) =>
            client.query("ALTER SYSTEM SET listen_addresses = '*'"),
          ),
        );
      }
      if (look.deaf && given.listen)
        context.warn(
          deafWords(look),
          'It has to be restarted before the nodes are started; a restore asks for that next.',
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
          ...(hba === null ? [] : [writeOperation(hba), RELOAD_HBA]),
          ...(listen.changes ? [listenBack(listen.old)] : []),
        ],
        notes: hba === null ? ['The lines that a person added to pg_hba.conf stay there.'] : [],
      }),

    async undo(_given, { hba, backup, listen }, _outputs, context) {
      if (hba !== null && (await takeLinesOut({ file: hba, backup }, context))) await reloadHba(c, context);
      if (!listen.changes) return;
      context.warn(
        'listen_addresses of the database server is set back; what it runs with counts until its next restart.',
      );
      await context.perform(listenBack(listen.old), () =>
        withDatabase(c, 'postgres', context, async (client) => {
          if (listen.old === null) return client.query('ALTER SYSTEM RESET listen_addresses');
          // ALTER SYSTEM takes no parameters: the server quotes it.
          const [quoted] = await client.query<{ text: string }>('select quote_literal($1) as text', [
            listen.old,
          ]);
          return client.query(`ALTER SYSTEM SET listen_addresses = ${quoted?.text ?? "''"}`);
        }),
      );
    },

    ...discardKept(c, (context) => [backupOf(context)]),
  };
}

function listenBack(old: string | null): SqlOperation {
  return maintenance(
    old === null ? 'ALTER SYSTEM RESET listen_addresses' : `ALTER SYSTEM SET listen_addresses = '${old}'`,
    'change',
  );
}

function deafWords({ state }: AdmitLook): string {
  return `The database server listens on ${state.listen === '' ? 'no address' : state.listen} only; listen_addresses = '*' counts after its restart.`;
}

function unknownWords(host: string): string {
  return `${host} has no address here, so it gets no line in pg_hba.conf: name its address as one of "nodes", or add the line by hand.`;
}
