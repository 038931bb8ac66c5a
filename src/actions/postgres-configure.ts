import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { readConf, readConfErrors, type ConfState } from '../postgres/conf-server.ts';
import { addLines, removeLines } from '../postgres/hba-text.ts';
import { maintenance, RELOAD_HBA, reloadHba, takeLinesOut, tornFrom } from './admit-file.ts';
import { databaseNode } from './admit-nodes.ts';
import { askPerson } from './ask-person.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { configureInput, isBySystem, isWaiting, wantedOf, type ConfigureInput } from './conf-wanted.ts';
import { poolsOf, type NodePool } from './connection-pools.ts';
import { factOf, notPlanned } from './failure.ts';
import { copyOperation, keepOnce, writeOperation, writeText } from './kept-copies.ts';
import { reachedFile } from './reached-file.ts';
import { discardKept, firstBefore, keepBefore, keepBeforeOperation, safetyFolder } from './safety.ts';
import { withDatabase } from './with-database.ts';

/** `conf`: postgresql.conf as this machine reaches it, null when a person changes it. */
export type ConfigureBefore = { conf: string | null; backup: string };

interface Look {
  readonly state: ConfState;
  readonly pools: readonly NodePool[];
  /** What postgresql.conf lacks. */
  readonly lines: readonly string[];
  /** Settings of ALTER SYSTEM that would win over the file. */
  readonly overridden: readonly string[];
  readonly reached?: string;
}

const CHECK = maintenance('SELECT error FROM pg_file_settings WHERE error IS NOT NULL', 'read');
const RESTART =
  'Restart the database service while all Qlik Sense services are stopped: only then it counts (manual 2.5, p. 142; 6.7, p. 243).';

/**
 * Gives PostgreSQL room for the connections of every node, and lets it listen to them (manual 2.5, p. 142): lines at the end of
 * postgresql.conf, which is kept first and which PostgreSQL itself checks. What is there and enough stays. Both count
 * after a restart.
 */
export function createPostgresConfigure(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'person' | 'stateFolder'>,
): Action<ConfigureInput, ConfigureBefore> {
  const backupOf = (context: Pick<ReadContext, 'run'>): string =>
    safetyFolder(c, context, `${context.run.step}.postgresql.conf`);

  async function look(given: ConfigureInput, context: ReadContext): Promise<Look> {
    const pools = await poolsOf(c.site, given['pool-size'], context);
    const state = await withDatabase(c, 'postgres', context, readConf);
    const wanted = wantedOf(given, state, pools);
    const reached = await reachedFile(state, databaseNode(c, context));
    return {
      ...{ state, pools, lines: wanted.map(({ line }) => line) },
      overridden: wanted.filter(({ file }) => isBySystem(file)).map(({ name }) => name),
      ...(reached === undefined ? {} : { reached }),
    };
  }

  return {
    name: 'postgres.configure',
    effect: 'change',
    input: configureInput,
    onCancel: 'wait',
    byHand: false,

    async describe(given, context) {
      let found: Look;
      try {
        found = await look(given, context);
      } catch (error) {
        return notPlanned(`The settings of PostgreSQL could not be seen: ${factOf(error)}`);
      }
      const { state, lines, reached, overridden } = found;
      if (overridden.length > 0) return notPlanned(overriddenText(overridden).join(' '));
      const backup = backupOf(context);
      const file =
        reached === undefined
          ? [byHand(found)]
          : [copyOperation(reached, backup), writeOperation(reached), CHECK];
      return {
        operations: [keepBeforeOperation(c, context), ...file, RELOAD_HBA],
        observed: { configFile: state.file, lines: [...lines] },
        notes: [
          ...found.pools.map(poolText),
          ...(lines.length === 0
            ? [
                `max_connections (${state.maxConnections.file.value ?? String(state.maxConnections.now)}) and listen_addresses are enough: nothing is changed.`,
              ]
            : [...lines.map((line) => `${state.file} gets: ${line}`), RESTART]),
        ],
      };
    },

    async prepare(given, context) {
      const { state, overridden, reached } = await look(given, context);
      if (overridden.length > 0) {
        const [message, hint] = overriddenText(overridden);
        throw new StepError(message, { hint });
      }
      const backup = backupOf(context);
      if (state.errors.length > 0 && (await tornFrom(backup, state.text, context)) === undefined)
        throw new StepError(`${state.file} has mistakes already: ${state.errors.join('; ')}`, {
          hint: 'Nothing was changed. PostgreSQL would not start with the file as it is: mend it first.',
        });
      return firstBefore(c, context, () => Promise.resolve({ conf: reached ?? null, backup }));
    },

    async execute(given, before, context) {
      await keepBefore(c, context, before);
      let found = await look(given, context);
      const whole = await tornFrom(before.backup, found.state.text, context);
      if (whole !== undefined && found.reached !== undefined) {
        const { reached } = found;
        await context.perform(writeOperation(reached), () => writeText(reached, whole));
        found = await look(given, context);
      }
      const { lines } = found;
      if (lines.length > 0) {
        if (found.reached === undefined) await haveLinesAdded(given, found, context);
        else await addToConf(found.reached, before.backup, found, context);
      }
      // An earlier attempt may have ended between the file and its reading.
      if (lines.length > 0 || removeLines(found.state.text, context.run.id) !== undefined)
        await reloadHba(c, context);
      for (const { node, size, assumed } of found.pools)
        if (assumed !== undefined && given['max-connections'] === 0)
          context.warn(
            `${node}: ${String(size)} connections were counted for it: ${assumed}.`,
            'Look at "Max Pool Size" in the Connection String Editor of that node (manual 6.7, p. 244); when it is another, run this again with --set poolSize=NUMBER.',
          );
      const { state } = await look(given, context);
      const restartNeeded = isWaiting(state);
      if (restartNeeded) context.warn(`${state.file} was changed.`, RESTART);
      return {
        lines: [...lines],
        file: state.file,
        restartNeeded,
        maxConnections: Number(state.maxConnections.file.value ?? state.maxConnections.now),
      };
    },

    async check(given, _before, context) {
      return (await look(given, context)).lines.length === 0 ? 'done' : 'not-done';
    },

    describeUndo: (_given, { conf }) =>
      Promise.resolve({
        operations: conf === null ? [] : [writeOperation(conf), RELOAD_HBA],
        notes: [
          conf === null
            ? 'The lines that a person added to postgresql.conf stay there.'
            : 'What the server already runs with stays until its next restart.',
        ],
      }),

    async undo(_given, { conf, backup }, _outputs, context) {
      if (conf !== null && (await takeLinesOut({ file: conf, backup }, context))) await reloadHba(c, context);
    },

    ...discardKept(c, (context) => [backupOf(context)]),
  };

  async function addToConf(
    conf: string,
    backup: string,
    { state, lines }: Look,
    context: ExecuteContext,
  ): Promise<void> {
    await context.perform(copyOperation(conf, backup), () => keepOnce(backup, state.text));
    const wanted = addLines(state.text, { run: context.run.id, lines });
    await context.perform(writeOperation(conf), () => writeText(conf, wanted));
    const errors = await context.perform(CHECK, () => withDatabase(c, 'postgres', context, readConfErrors));
    if (errors.length === 0) return;
    await context.perform(writeOperation(conf), () => writeText(conf, state.text));
    throw new StepError(`PostgreSQL does not take the new lines of ${conf}: ${errors.join('; ')}`, {
      hint: 'The file is as it was, and was not read again. Add the lines by hand, then leave this step out.',
    });
  }

  async function haveLinesAdded(given: ConfigureInput, found: Look, context: ExecuteContext): Promise<void> {
    await askPerson(c, byHand(found), 'postgresql.conf does not have the lines yet', context);
    const { state, lines } = await look(given, context);
    const wrong = [...state.errors, ...lines.map((line) => `missing, or another line counts: ${line}`)];
    if (wrong.length > 0)
      throw new StepError(`${state.file} is not as it should be: ${wrong.join('; ')}`, {
        hint: 'Mend it before the server is restarted, then `sense-runbook resume`.',
      });
  }
}

function overriddenText(names: readonly string[]): [string, string] {
  return [
    `${names.join(' and ')} was set by ALTER SYSTEM, which wins over postgresql.conf.`,
    `In psql as a superuser: ${names.map((name) => `ALTER SYSTEM RESET ${name};`).join(' ')} Then run this again.`,
  ];
}

function poolText({ node, size, assumed }: NodePool): string {
  return `${node} may open ${String(size)} connections${assumed === undefined ? '' : ` (assumed: ${assumed})`}.`;
}

function byHand({ state, lines }: Look): HumanOperation {
  return {
    kind: 'human',
    text: [
      `On the database server, keep a copy of ${state.file}, then add at its end:`,
      ...(lines.length === 0 ? ['(nothing is missing now)'] : lines),
      'Do not restart the server yet: it is looked at first.',
    ].join('\n'),
    effect: 'change',
    repeat: true,
  };
}
