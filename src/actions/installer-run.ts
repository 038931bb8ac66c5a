import fs from 'node:fs/promises';
import path from 'node:path';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { CommandError, StoppedError } from '../contract/errors.ts';
import type { CommandOperation } from '../contract/operation.ts';
import type { WindowsFindings } from '../discovery/windows.ts';
import type { Fill } from '../foundation/fill.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { notPlanned } from './failure.ts';
import { ASK_INSTALLED, askInstalled, sameRelease } from './installed-release.ts';
import { withConfigFile } from './installer-config-place.ts';
import { endOperation, keepEnd, keptEnd, type InstallerEnd } from './installer-end.ts';
import {
  commandLine,
  effectOf,
  installerInput,
  placeholderOf,
  secretNames,
  type InstallerInput,
} from './installer-input.ts';
import { firstBefore, keepBefore, keepBeforeOperation } from './safety.ts';
import { failureOf, isSuccess, signedCode, wantsRestart } from './installer-outcome.ts';

/** What was installed before; null: not known. */
export type InstallerBefore = { release: string | null; restart: string[] };

/** Setup is never cut off; a program on another server must have some limit. Milliseconds. */
const LONGEST_MS = 24 * 60 * 60_000;
/** Of the log, in which the cause stands near the end. Bytes. */
const LOG_TAIL = 256 * 1024;
/** In place of an exit code. */
const NOT_STARTED = -1;

/**
 * Runs an installer of the vendor on a node with the arguments that the manual has for that mode and no others (chapters 2.6
 * and 4), waits for it however long it takes, and judges its exit code (8.11, p. 308), its log and what is installed then.
 * Where Windows has to be restarted first it stops the run (75): `resume` goes on after the restart. On a node that has the
 * wanted release already nothing is run.
 */
export function createInstallerRun(
  c: Pick<ActionCollaborators, 'secrets' | 'stateFolder' | 'temporaryFolder'>,
): Action<InstallerInput, InstallerBefore> {
  const logOf = (context: Pick<ReadContext, 'run' | 'node'>): string => logFile(c.temporaryFolder, context);
  const commandOf = (
    given: InstallerInput,
    context: Pick<ReadContext, 'run' | 'node'>,
  ): CommandOperation => ({
    kind: 'command',
    argv: commandLine(withConfigFile(c, given, context), logOf(context)),
    effect: effectOf(given.mode),
    // Left out on a node that is through already.
    repeat: true,
  });

  return {
    name: 'installer.run',
    effect: ({ mode }) => effectOf(mode),
    input: installerInput,
    onCancel: 'wait',
    orphansFinish: true,
    mayBeUnknown: true,
    byHand: false,

    describe(given, context) {
      const { node } = context;
      if (node.transport === 'sc')
        return Promise.resolve(
          notPlanned(`${node.name} is reached by sc.exe alone: no program can be run there.`),
        );
      if (given.values['accepteula'] === false || given.values['acceptqca'] === false)
        return Promise.resolve(notPlanned('The licence of Qlik was not accepted: setup does not run then.'));
      const command = commandOf(given, context);
      return Promise.resolve({
        operations: [
          keepBeforeOperation(c, context),
          ...(node.discover === undefined ? [] : [ASK]),
          endOperation(c, context),
          command,
        ],
        notes: [
          ...secretNames(given).map(
            (name) => `${placeholderOf(name)} is the secret ${given.secrets[name] ?? ''} (secret set).`,
          ),
          ...(node.discover === undefined
            ? [`What is installed on ${node.name} cannot be asked: only the exit code tells how it went.`]
            : []),
        ],
      });
    },

    prepare(_given, context) {
      return firstBefore(c, context, async () => {
        const found = await askInstalled(context.node, context.signal);
        return { release: found?.release ?? null, restart: [...(found?.reboot ?? [])] };
      });
    },

    async execute(given, before, context) {
      await keepBefore(c, context, before);
      const kept = await keptEnd(c, context);
      const earlier = kept === 'began' ? undefined : kept;
      // The site is down, and asking takes seconds: the first attempt has just been told.
      const now =
        context.run.attempt === 1 && kept === undefined
          ? { release: before.release ?? undefined, reboot: before.restart }
          : await installedNow(context);
      if (earlier?.done === true || isOn(now?.release, given.to)) {
        const wanted = earlier?.restart ?? wantsRestart(0, before.restart, now?.reboot ?? []);
        refuseUnrestarted(wanted, now?.reboot ?? [], context);
        context.progress({ text: `nothing is left to do on ${context.node.name}` });
        return { ran: false, release: now?.release ?? null };
      }
      const fill = await readSecrets(c, given);
      await keepEnd(c, context, 'began');
      const code = await run(commandOf(given, context), fill, context);
      if (typeof code !== 'number') {
        await keepEnd(c, context, { code: NOT_STARTED, done: false, restart: [] });
        throw code;
      }
      const found = await installedNow(context);
      const restart = wantsRestart(code, before.restart, found?.reboot ?? []);
      const hasRelease = given.to === '' || found === undefined || isOn(found.release, given.to);
      const done = isSuccess(code) && hasRelease;
      await keepEnd(c, context, { code, done, restart });
      if (restart.length > 0) throw restartFirst(context, { done, restart });
      if (!done)
        throw failureOf({
          given,
          code,
          ...(found?.release === undefined ? {} : { release: found.release }),
          node: context.node,
          log: logOf(context),
          logText: await logTail(context.node.reach(logOf(context))),
        });
      return { ran: true, release: found?.release ?? null, code };
    },

    async check({ to }, before, context) {
      const found = await askInstalled(context.node, context.signal);
      if (isOn(found?.release, to)) return 'done';
      // Where setup was not started, or came to its own end, it may be run again.
      return (await keptEnd(c, context)) === 'began' ? 'unknown' : 'not-done';
    },
  };
}

const ASK = { ...ASK_INSTALLED, repeat: true as const };

function isOn(release: string | undefined, wanted: string): boolean {
  return wanted !== '' && release !== undefined && sameRelease(release, wanted);
}

async function installedNow(context: ExecuteContext): Promise<WindowsFindings | undefined> {
  if (context.node.discover === undefined) return undefined;
  return context.perform(ASK, (signal) => askInstalled(context.node, signal));
}

/** Its exit code, whatever that is; the error when it could not be started. @throws CommandError when it was ended */
async function run(
  operation: CommandOperation,
  fill: Fill,
  context: ExecuteContext,
): Promise<number | CommandError> {
  try {
    await context.exec(operation, { fill, ...(isRemote(context) ? { timeoutMs: LONGEST_MS } : {}) });
    return 0;
  } catch (error) {
    if (!(error instanceof CommandError) || error.signal !== undefined) throw error;
    return error.code === undefined ? error : signedCode(error.code);
  }
}

function isRemote({ node }: Pick<ReadContext, 'node'>): boolean {
  return node.transport === 'winrm' || node.transport === 'ssh';
}

async function readSecrets(
  c: Pick<ActionCollaborators, 'secrets'>,
  given: InstallerInput,
): Promise<Record<string, string>> {
  const fill: Record<string, string> = {};
  for (const name of secretNames(given))
    fill[placeholderOf(name)] = await c.secrets.read({ secret: given.secrets[name] ?? '' });
  return fill;
}

/** It is through, and Windows was to be restarted after it: that must have happened. @throws StoppedError */
function refuseUnrestarted(
  wanted: readonly string[],
  pending: readonly string[],
  context: ExecuteContext,
): void {
  const restart = wanted.filter((reason) => pending.includes(reason));
  if (restart.length > 0) throw restartFirst(context, { done: true, restart });
}

function restartFirst(
  { node, run: { id } }: Pick<ReadContext, 'node' | 'run'>,
  { done, restart }: Pick<InstallerEnd, 'done' | 'restart'>,
): StoppedError {
  const then = done ? 'goes on with the next step' : 'runs setup once more';
  return new StoppedError(`${node.host} must be restarted first: ${restart.join('; ')}`, {
    hint: `Restart ${node.host}, then \`sense-runbook resume ${id}\`: it ${then} (manual 4.2 step 4, p. 183).`,
    changed: done ? 'Setup has finished its work.' : 'Setup ran and has not finished its work.',
  });
}

/** Where setup writes its log: a folder that every account of the node may write to. */
function logFile(temporaryFolder: string, { run, node }: Pick<ReadContext, 'run' | 'node'>): string {
  const name = `sense-runbook-${run.id}-${run.step}-${node.name}.log`;
  const isHere = node.transport === 'local' || node.transport === 'simulated';
  return isHere ? path.join(temporaryFolder, name) : path.win32.join('C:\\Windows\\Temp', name);
}

/** The end of a log, whatever its encoding; undefined when there is none. */
async function logTail(file: string): Promise<string | undefined> {
  let content: Buffer;
  try {
    content = await fs.readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
  const utf16 = content[0] === 0xff && content[1] === 0xfe;
  return content.subarray(utf16 ? 0 : -LOG_TAIL).toString(utf16 ? 'utf16le' : 'utf8');
}
