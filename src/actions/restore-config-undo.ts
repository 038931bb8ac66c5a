import fs from 'node:fs/promises';
import path from 'node:path';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { FileOperation } from '../contract/operation.ts';
import { makeFolder } from '../vault/make-folder.ts';
import { keptFolders } from '../vault/restore/own-names.ts';
import { readIfThere, sha256 } from './config-changes.ts';
import { isBeginning, isKnown, keptFile, writeInPlace, type ChangedFile } from './config-safety.ts';
import type { ConfigBefore, ConfigCollaborators } from './restore-config.ts';

type Undo<Input> = Required<Pick<Action<Input, ConfigBefore>, 'undo' | 'describeUndo' | 'foreseeUndo'>>;
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

  /** What came after the restore is nobody's to write over. */
  const asideOperation = (target: string, { run }: Pick<ReadContext, 'run'>): FileOperation => ({
    ...{ kind: 'file', verb: 'copy', effect: 'change', repeat: true },
    source: target,
    path: keptFolders(path.dirname(target), run.id).after,
  });

  return {
    async describeUndo(_input, { files }, _outputs, context) {
      const operations: FileOperation[] = [];
      for (const file of files) {
        const present = await readIfThere(file.target);
        if (present !== undefined && !isKnown(present, file))
          operations.push(asideOperation(file.target, context));
        operations.push(backOperation(file, context));
      }
      return { operations };
    },

    async foreseeUndo(_input, { files }, _outputs, context) {
      const found: StepError[] = [];
      for (const file of files) {
        const present = await readIfThere(file.target);
        if (file.old === null || (present !== undefined && sha256(present) === file.old)) continue;
        const kept = await readKept(file, context);
        if (kept instanceof StepError) found.push(kept);
      }
      return found;
    },

    async undo(_input, { files }, _outputs, context) {
      for (const file of files) {
        const { target, old } = file;
        const operation = backOperation(file, context);
        const present = await readIfThere(target);
        if (old === null) {
          if (present === undefined) continue;
          if (!isKnown(present, file)) await keepAside(target, present, context);
          await context.perform(operation, () => fs.rm(target, { force: true }));
          continue;
        }
        if (present !== undefined && sha256(present) === old) continue;
        const kept = await readKept(file, context);
        if (kept instanceof StepError) throw kept;
        if (present !== undefined && !isKnown(present, file) && !isBeginning(present, kept))
          await keepAside(target, present, context);
        await context.perform(operation, () => writeInPlace(target, kept));
      }
    },
  };

  /** The file as it was, or why it cannot be had. */
  async function readKept(
    { target, old }: ChangedFile,
    context: Pick<ReadContext, 'run' | 'node'>,
  ): Promise<Buffer | StepError> {
    const file = keptFile(c, context, target);
    const kept = await readIfThere(file);
    if (kept !== undefined && sha256(kept) === old) return kept;
    return new StepError(`${target} cannot be put back: what was kept of it is gone or changed`, {
      hint: `Look at ${file}.`,
    });
  }

  async function keepAside(target: string, data: Buffer, context: ExecuteContext): Promise<void> {
    const operation = asideOperation(target, context);
    if (!context.isPlanned(operation))
      throw new StepError(`${target} was changed just now; it stays as it is`, {
        hint: `Look who changes it, then \`sense-runbook rollback ${context.run.id}\` again.`,
      });
    const place = await context.perform(operation, () => keepLater(operation.path, target, data));
    context.warn(
      `${target} was changed after this run wrote it: as it was then, it is kept in ${place}.`,
      'Look whether anything of it is still wanted, then remove that folder.',
    );
  }
}

/** Keeps a file in a folder beside it, once; gives where. Under another name where one of that name is kept already. */
async function keepLater(folder: string, target: string, data: Buffer): Promise<string> {
  await makeFolder(folder);
  const { default: writeFileAtomic } = await import('write-file-atomic');
  for (let number = 1; ; number += 1) {
    const place = path.join(folder, path.basename(target) + (number === 1 ? '' : `.${String(number)}`));
    const there = await readIfThere(place);
    if (there?.equals(data) === true) return place;
    if (there !== undefined) continue;
    await writeFileAtomic(place, data, { mode: 0o600 });
    return place;
  }
}
