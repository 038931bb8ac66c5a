import fs from 'node:fs/promises';
import path from 'node:path';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { FileOperation } from '../contract/operation.ts';
import { makeFolder } from '../vault/make-folder.ts';
import { keptFolders } from '../vault/restore/own-names.ts';
import { readIfThere, sha256 } from './config-changes.ts';
import { hasHash, keptFile, writeInPlace, type ChangedFile } from './config-safety.ts';
import type { ConfigBefore, ConfigCollaborators } from './restore-config.ts';

type Undo<Input> = Required<Pick<Action<Input, ConfigBefore>, 'undo' | 'describeUndo'>>;
type Collaborators = Pick<ConfigCollaborators, 'stateFolder'>;

/**
 * Puts the configuration files back as they were, from the run's safety folder. What was edited in one since stays beside it, in
 * `.sense-runbook-after-RUN`.
 */
export function putBackConfig<Input>(c: Collaborators): Undo<Input> {
  const backOperation = (
    { target, old }: ChangedFile,
    context: Pick<ReadContext, 'run' | 'node'>,
  ): FileOperation =>
    old === null
      ? { kind: 'file', verb: 'remove', path: target, effect: 'change', repeat: true }
      : {
          kind: 'file',
          verb: 'copy',
          source: keptFile(c, context, target),
          path: target,
          effect: 'change',
          repeat: true,
        };

  return {
    async describeUndo(_input, { files }, _outputs, context) {
      return {
        operations: files.flatMap((file) => [
          ...(file.old === null ? [] : [asideOperation(file, context)]),
          backOperation(file, context),
        ]),
      };
    },

    async undo(_input, { files }, _outputs, context) {
      for (const file of files) {
        const { target, old, new: fresh } = file;
        const operation = backOperation(file, context);
        if (old === null) {
          if ((await readIfThere(target)) === undefined) continue;
          if (await hasHash(target, fresh))
            await context.perform(operation, () => fs.rm(target, { force: true }));
          else
            context.warn(
              `${target} was not there before and is not as this run wrote it: it stays.`,
              'Remove it by hand when nobody needs it.',
            );
          continue;
        }
        const now = await readIfThere(target);
        if (now !== undefined && sha256(now) === old) continue;
        const kept = await readIfThere(keptFile(c, context, target));
        if (kept === undefined || sha256(kept) !== old)
          throw new StepError(`${target} cannot be put back: what was kept of it is gone or changed`, {
            hint: `Look at ${keptFile(c, context, target)}.`,
          });
        // The beginning of the old one: an undo was cut off.
        const isEdited =
          now !== undefined && sha256(now) !== fresh && !kept.subarray(0, now.length).equals(now);
        if (isEdited) await keepEdited(file, now, context);
        await context.perform(operation, () => writeInPlace(target, kept));
      }
    },
  };
}

function asideOperation({ target }: ChangedFile, { run }: Pick<ReadContext, 'run'>): FileOperation {
  const aside = path.join(keptFolders(path.dirname(target), run.id).after, path.basename(target));
  return { kind: 'file', verb: 'copy', source: target, path: aside, effect: 'change', repeat: true };
}

/** Keeps what was edited since the restore. @throws StepError when another file is there under that name */
async function keepEdited(file: ChangedFile, now: Buffer, context: ExecuteContext): Promise<void> {
  const operation = asideOperation(file, context);
  const { path: aside } = operation;
  const there = await readIfThere(aside);
  if (there !== undefined && !there.equals(now))
    throw new StepError(`${file.target} was edited, and where that would be kept there is another file`, {
      hint: `The file stays as it is. Move ${aside} away, then roll back again.`,
    });
  if (there === undefined)
    await context.perform(operation, async () => {
      await makeFolder(path.dirname(aside));
      const { default: writeFileAtomic } = await import('write-file-atomic');
      await writeFileAtomic(aside, now, { mode: 0o600 });
    });
  context.warn(
    `${file.target} was edited after the restore. It is again as it was before; what was edited is kept: ${aside}`,
    'Take over from there what you need, then remove it: this tool never does.',
  );
}
