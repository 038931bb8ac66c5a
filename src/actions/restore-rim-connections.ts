import path from 'node:path';
import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { isThisMachine } from '../foundation/same-host.ts';
import { joinPath } from '../site/paths.ts';
import { siteOfManifest, type ManifestSite } from '../vault/bound-names.ts';
import { askPerson } from './ask-person.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { connectionFiles, editConnections } from './connection-files.ts';
import { unreachable } from './failure.ts';
import { isPlaceholder } from './input.ts';
import { copyOperation, keepOnce, textIfThere, writeOperation, writeText } from './kept-copies.ts';
import { discardKept, safetyFolder } from './safety.ts';
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
 * changed, encrypted ones by a person with the Connection String Editor (manual 6.7, p. 254).
 */
export function createRestoreRimConnections(
  c: Pick<ActionCollaborators, 'site' | 'person' | 'stateFolder'> & PlaceCollaborators,
): Action<Input, ConnectionsBefore> {
  const copiesOf = (context: Pick<ReadContext, 'run' | 'node'>): string =>
    safetyFolder(c, context, context.run.step, context.node.name);

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
    const host = isThisMachine(c.site.database.host) ? central : c.site.database.host;
    // localhost on a rim is the rim: that is no name of the old machine.
    return {
      gone: told.filter((one) => one !== '' && !isThisMachine(one)),
      to: given.to === '' ? host : given.to,
    };
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
      const backup = path.join(copiesOf(context), name);
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
              return [copyOperation(file, path.join(copiesOf(context), name)), writeOperation(file)];
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
        await context.perform(copyOperation(file, backup), async () => {
          const text = (await textIfThere(file)) ?? (await textIfThere(backup));
          if (text !== undefined) return keepOnce(backup, text);
          throw new StepError(`${file} is not there any more`, { hint: 'Nothing was changed in it.' });
        });
        const original = (await textIfThere(backup)) ?? '';
        const { text, replaced } = editConnections(original, gone, to);
        const now = (await textIfThere(file)) ?? '';
        // Of the copy, since an earlier attempt may have been cut off; somebody else's change stays.
        const wanted = text.startsWith(now) ? text : editConnections(now, gone, to).text;
        if (wanted === now) continue;
        context.progress({ text: `${file}: ${replaced.join(', ')} -> ${to}` });
        await context.perform(writeOperation(file), () => writeText(file, wanted));
      }
      if (encrypted) {
        const undone = `the connection strings of ${context.node.name} are not changed yet`;
        await askPerson(c, editorOperation(context, to), undone, context);
      }
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

    async foreseeUndo(_given, { files }, outputs, { node }, { begun }) {
      // Of a step that was cut off nobody can tell whether it had come to a file; of one put back there is nothing to do.
      const changed = !begun && Array.isArray(outputs?.['files']) ? outputs['files'] : [];
      const lost: StepError[] = [];
      for (const { path: file, backup } of files.filter((one) => changed.includes(one.path)))
        if ((await textIfThere(backup)) === undefined && (await textIfThere(file)) !== undefined)
          lost.push(
            new StepError(`${file} of ${node.name} cannot be put back: the copy that was kept is gone`, {
              hint: `Put a copy of it, as it was before the run, to ${backup}.`,
            }),
          );
      return lost;
    },

    async undo(_given, { files, gone, to, encrypted }, _outputs, context) {
      for (const { path: file, backup } of files) {
        const original = await textIfThere(backup);
        const now = await textIfThere(file);
        if (original === undefined || now === undefined || now === original) continue;
        if (editConnections(original, gone, to).text.startsWith(now))
          await context.perform(writeOperation(file), () => writeText(file, original));
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

    ...discardKept(c, (context) => [copiesOf(context)]),
  };
}
