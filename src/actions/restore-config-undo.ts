import fs from 'node:fs/promises';
import path from 'node:path';
import type { Action, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { FileOperation } from '../contract/operation.ts';
import { readIfThere, sha256 } from './config-changes.ts';
import { diffFile } from './config-report.ts';
import { configFolder, hasHash, keptFile, writeInPlace, type ChangedFile } from './config-safety.ts';
import type { ConfigBefore, ConfigCollaborators } from './restore-config.ts';
import { discardBefore, discardBeforeOperations } from './safety.ts';

type Undo<Input> = Required<Pick<Action<Input, ConfigBefore>, 'undo' | 'describeUndo'>>;
type Discard<Input> = Required<Pick<Action<Input, ConfigBefore>, 'discard' | 'describeDiscard'>>;
type Collaborators = Pick<ConfigCollaborators, 'stateFolder'>;

/** Puts the configuration files back as they were, from the run's safety folder. */
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
      return { operations: files.map((file) => backOperation(file, context)) };
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
        if (await hasHash(target, old)) continue;
        const kept = await readIfThere(keptFile(c, context, target));
        if (kept === undefined || sha256(kept) !== old)
          throw new StepError(`${target} cannot be put back: what was kept of it is gone or changed`, {
            hint: `Look at ${keptFile(c, context, target)}.`,
          });
        await context.perform(operation, () => writeInPlace(target, kept));
      }
    },
  };
}

/** Removes the files as they were, and what was written down about them, for good. */
export function discardConfig<Input>(c: Collaborators): Discard<Input> {
  const removals = (context: Pick<ReadContext, 'run' | 'node'>): FileOperation[] =>
    [configFolder(c, context), diffFile(c, context)].map((place) => ({
      kind: 'file',
      verb: 'remove',
      path: place,
      effect: 'destroy',
    }));
  return {
    async describeDiscard(_input, { files }, _outputs, context) {
      const kept = await Promise.all(files.map(({ target }) => readIfThere(keptFile(c, context, target))));
      const found = kept.filter((data) => data !== undefined);
      const there = await Promise.all(
        removals(context).map(async (one) => ((await isThere(one.path)) ? [one] : [])),
      );
      return {
        operations: [...there.flat(), ...(await discardBeforeOperations(c, context))],
        estimate: { files: found.length, bytes: found.reduce((sum, data) => sum + data.length, 0) },
      };
    },

    async discard(_input, _before, _outputs, context) {
      for (const removal of removals(context)) {
        if (!context.isPlanned(removal)) continue;
        await context.perform(removal, () => fs.rm(removal.path, { recursive: true, force: true }));
      }
      await discardBefore(c, context);
    },
  };
}

async function isThere(file: string): Promise<boolean> {
  try {
    await fs.lstat(path.resolve(file));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
