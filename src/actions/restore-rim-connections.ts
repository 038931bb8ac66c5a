import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { ConfirmationError, StepError, StoppedError } from '../contract/errors.ts';
import type { FileOperation, HumanOperation } from '../contract/operation.ts';
import { joinPath } from '../site/paths.ts';
import { makePrivateFolder } from '../site/state-folder.ts';
import { siteOfManifest, type ManifestSite } from '../vault/bound-names.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { connectionFiles, editConnections } from './connection-files.ts';
import { unreachable } from './failure.ts';
import { isPlaceholder } from './input.ts';
import { safetyFolder, textIfThere } from './safety-folder.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** Host of the database that was; empty: the set's, and its central node. */
  from: z.string().default(''),
  /** The new one as the nodes know it; empty: the site file's, or the central node where that is localhost. */
  to: z.string().default(''),
});

type Input = z.infer<typeof input>;

/** Files that name the old host, with where a copy is kept; `hosts` as they were told when the step was prepared. */
export type ConnectionsBefore = {
  files: { path: string; backup: string }[];
  gone: string[];
  to: string;
  encrypted: boolean;
};

/**
 * Has a rim node find the database on its new host: `appsettings.json` of its services and plain connection strings are
 * changed, encrypted ones by a person with the Connection String Editor (manual 6.7, failover of the database).
 */
export function createRestoreRimConnections(
  c: Pick<ActionCollaborators, 'site' | 'person' | 'stateFolder'> & PlaceCollaborators,
): Action<Input, ConnectionsBefore> {
  const backupOf = (name: string, { run, node }: Pick<ReadContext, 'run' | 'node'>): string =>
    path.join(safetyFolder(c, { run }), run.step, node.name, name);

  async function hostsOf(
    given: Input,
    context: ReadContext,
  ): Promise<{ readonly gone: string[]; readonly to: string }> {
    const old: Partial<ManifestSite> =
      given.from !== '' || isPlaceholder(given.set)
        ? {}
        : siteOfManifest(await setPlace(c, given.copy, context).read(given.set));
    const told = [given.from, old.databaseHost ?? '', old.central ?? ''];
    const central = c.site.nodes.find(({ role }) => role === 'central')?.host ?? '';
    const host = isLocal(c.site.database.host) ? central : c.site.database.host;
    // localhost on a rim is the rim: that is no name of the old machine.
    return { gone: told.filter((one) => one !== '' && !isLocal(one)), to: given.to === '' ? host : given.to };
  }

  async function look(
    given: Input,
    context: ReadContext,
  ): Promise<ConnectionsBefore & { readonly diff: string[] }> {
    const { gone, to } = await hostsOf(given, context);
    const files: ConnectionsBefore['files'] = [];
    const diff: string[] = [];
    let encrypted = false;
    for (const { name, path: original } of connectionFiles(c.site)) {
      const file = context.node.reach(original);
      const backup = backupOf(name, context);
      const text = await textIfThere(file);
      if (text === undefined) continue;
      const edit = editConnections(text, gone, to);
      encrypted ||= edit.encrypted;
      diff.push(...edit.replaced.map((host) => `${original}: ${host} -> ${to}`));
      // One with a copy was changed by an earlier attempt.
      if (edit.replaced.length > 0 || (await textIfThere(backup)) !== undefined)
        files.push({ path: file, backup });
    }
    return { files, gone, to, encrypted, diff };
  }

  const editorOperation = (context: Pick<ReadContext, 'node'>, to: string): HumanOperation => ({
    kind: 'human',
    text: [
      `On ${context.node.host}, run as administrator: ${joinPath(c.site.qlik.installFolder, 'Repository', 'Util', 'QlikSenseUtil', 'QlikSenseUtil.exe')}`,
      `In the tab Connection String Editor press Read, change Host to ${to} in each connection string, and press "Save value in config file encrypted".`,
    ].join('\n'),
    effect: 'change',
    repeat: true,
  });

  return {
    name: 'restore.rim-connections',
    effect: 'change',
    input,
    onCancel: 'wait',

    async describe(given, context) {
      try {
        const { diff, encrypted, to } = await look(given, context);
        return {
          operations: [
            ...connectionFiles(c.site).flatMap(({ name, path: original }) => {
              const file = context.node.reach(original);
              return [copyOperation(file, backupOf(name, context)), writeOperation(file)];
            }),
            editorOperation(context, to),
          ],
          notes: [
            ...(diff.length === 0
              ? [`No plain setting of ${context.node.name} names the old database host.`]
              : diff),
            ...(encrypted
              ? [
                  `The connection strings of ${context.node.name} are encrypted: a person changes them with the Connection String Editor.`,
                ]
              : []),
          ],
        };
      } catch (error) {
        return unreachable(context.node, error);
      }
    },

    async prepare(given, context) {
      const { files, gone, to, encrypted } = await look(given, context);
      return { files, gone, to, encrypted };
    },

    async execute(_given, { files, gone, to, encrypted }, context) {
      for (const { path: file, backup } of files) {
        await context.perform(copyOperation(file, backup), () => keepOnce(file, backup));
        const original = (await textIfThere(backup)) ?? '';
        const { text, replaced } = editConnections(original, gone, to);
        const now = (await textIfThere(file)) ?? '';
        // Of the copy, since an earlier attempt may have been cut off; somebody else's change stays.
        const wanted = text.startsWith(now) ? text : editConnections(now, gone, to).text;
        if (wanted === now) continue;
        context.progress({ text: `${file}: ${replaced.join(', ')} -> ${to}` });
        await context.perform(writeOperation(file), () => writeInPlace(file, wanted));
      }
      if (encrypted) await askPerson(editorOperation(context, to), context);
      return { files: files.map((one) => one.path), byHand: encrypted };
    },

    async check(_given, { files, gone, to, encrypted }) {
      const left = [];
      for (const { path: file } of files) {
        const text = (await textIfThere(file)) ?? '';
        left.push(editConnections(text, gone, to).replaced.length > 0);
      }
      // What a person was to do is asked for again.
      return encrypted || left.some((one) => one) ? 'not-done' : 'done';
    },

    describeUndo: (_given, { files, encrypted }) =>
      Promise.resolve({
        operations: files.map((one) => writeOperation(one.path)),
        notes: encrypted
          ? ['Change the encrypted connection strings back with the Connection String Editor.']
          : [],
      }),

    async undo(_given, { files, gone, to, encrypted }, _outputs, context) {
      for (const { path: file, backup } of files) {
        const original = await textIfThere(backup);
        const now = await textIfThere(file);
        if (original === undefined || now === undefined || now === original) continue;
        if (editConnections(original, gone, to).text.startsWith(now))
          await context.perform(writeOperation(file), () => writeInPlace(file, original));
        else
          context.warn(
            `${file} was changed by somebody else since, and was left as it is.`,
            `What it was: ${backup}`,
          );
      }
      if (encrypted)
        context.warn(
          `${context.node.name}: its encrypted connection strings are as a person left them.`,
          'Change them back with the Connection String Editor.',
        );
    },
  };

  async function askPerson(operation: HumanOperation, context: ExecuteContext): Promise<void> {
    if (!c.person.canAsk)
      throw new ConfirmationError(
        `someone has to do this by hand, and there is no terminal:\n${operation.text}`,
        {
          hint: 'Run it again with a terminal.',
        },
      );
    const done = await context.perform(operation, (signal) => c.person.confirm(operation.text, signal));
    if (!done)
      throw new StoppedError(`the connection strings of ${context.node.name} are not changed yet`, {
        hint: '`sense-runbook resume` asks again.',
      });
  }
}

function isLocal(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1'].includes(host.toLowerCase());
}

function copyOperation(source: string, target: string): FileOperation {
  return { kind: 'file', verb: 'copy', path: target, source, effect: 'change', repeat: true };
}

function writeOperation(file: string): FileOperation {
  return { kind: 'file', verb: 'write', path: file, effect: 'change', repeat: true };
}

/** The first copy counts: what is there at a later attempt may be changed already. */
async function keepOnce(file: string, backup: string): Promise<void> {
  if ((await textIfThere(backup)) !== undefined) return;
  const text = await textIfThere(file);
  if (text === undefined)
    throw new StepError(`${file} is not there any more`, { hint: 'Nothing was changed in it.' });
  await makePrivateFolder(path.dirname(backup));
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await writeFileAtomic(backup, text, { encoding: 'latin1', mode: 0o600 });
}

/** In place: the access rights of the file are those that its service needs. */
async function writeInPlace(file: string, text: string): Promise<void> {
  await fs.writeFile(file, text, { encoding: 'latin1', flush: true });
}
