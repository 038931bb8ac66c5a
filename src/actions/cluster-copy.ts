import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { clusterFiles } from '../postgres/cluster-files.ts';
import { copyDataFolder } from '../postgres/copied-cluster.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { namingFullDisk } from './full-disk.ts';
import { copyFolder, removalOf } from './scratch.ts';

const input = z.strictObject({ folder: z.string().min(1) });

/** Copies the data folder of a server that does not run; nothing is ever done on the original (manual 5.6, p. 209). */
export function createClusterCopy(
  c: Pick<ActionCollaborators, 'scratch' | 'freeBytes'>,
): Action<z.infer<typeof input>, null> {
  const operations = (
    source: string,
    context: Pick<ReadContext, 'run'>,
  ): { empty: FileOperation; make: FileOperation; copy: FileOperation } => {
    const folder = copyFolder(c.scratch, context);
    return {
      empty: { ...removalOf(folder), repeat: true },
      make: { kind: 'file', verb: 'make-folder', path: folder, effect: 'change' },
      copy: { kind: 'file', verb: 'copy', source, path: clusterFiles(folder).data, effect: 'change' },
    };
  };
  return {
    name: 'cluster.copy',
    effect: 'change',
    input,
    onCancel: 'kill',
    describe: ({ folder }, context) =>
      Promise.resolve({ operations: Object.values(operations(folder, context)) }),
    prepare: () => Promise.resolve(null),
    async execute({ folder: source }, _before, context) {
      const folder = copyFolder(c.scratch, context);
      const { empty, make, copy } = operations(source, context);
      // Left by an earlier attempt of this run.
      await context.perform(empty, () => fs.rm(folder, { recursive: true, force: true }));
      await context.perform(make, () => fs.mkdir(folder, { recursive: true, mode: 0o700 }));
      await context.perform(copy, (signal) =>
        namingFullDisk([folder], c, () =>
          copyDataFolder(source, folder, {
            signal,
            onFile: (filesDone) => context.progress({ filesDone }),
          }),
        ),
      );
      return { folder };
    },
    check: () => Promise.resolve('not-done'),
  };
}
