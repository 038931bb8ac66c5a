import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { CommandOperation } from '../contract/operation.ts';
import { finishDumpAll } from '../postgres/dump-all.ts';
import { createPrivateFile } from '../postgres/globals.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { namingFullDisk } from './full-disk.ts';
import { known, orPlaceholder } from './input.ts';
import { copyFolder } from './scratch.ts';

const input = z.strictObject({
  major: orPlaceholder(z.number()),
  /** Absolute path; for `databasedumpfile=` of the installer. */
  file: z.string().min(1),
});

/** Writes everything on the server of a copied data folder into one script with pg_dumpall (manual 5.6, p. 210). */
export function createClusterDumpAll(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'scratch' | 'freeBytes'>,
): Action<z.infer<typeof input>, null> {
  async function operation(major: number, file: string): Promise<CommandOperation> {
    const { pgDumpall } = await c.database.programs(major);
    const argv = [pgDumpall, '--no-password', '-f', file];
    return { kind: 'command', argv, env: ['PGHOST', 'PGPORT', 'PGUSER'], effect: 'change' };
  }
  return {
    name: 'cluster.dump-all',
    effect: 'change',
    input,
    onCancel: 'kill',
    async describe({ major, file }) {
      const version = known(major);
      if (typeof version !== 'number') return { operations: [], basis: 'assumed' };
      try {
        return { operations: [await operation(version, file)] };
      } catch (error) {
        return notPlanned(factOf(error));
      }
    },
    prepare: () => Promise.resolve(null),
    async execute({ major, file }, _before, context) {
      const command = await operation(Number(major), file);
      try {
        return await namingFullDisk([file], c, async () => {
          // It holds password hashes: private before the first byte is in it.
          await createPrivateFile(file);
          await c.scratch.withEnvironment(copyFolder(c.scratch, context), (env) =>
            context.exec(command, { env, timeoutMs: c.site.timeouts.dump }),
          );
          return { file, bytes: await finishDumpAll(file) };
        });
      } catch (error) {
        // Half of it looks like all of it to the installer.
        await fs.rm(file, { force: true });
        throw error;
      }
    },
    check: () => Promise.resolve('not-done'),
    async cleanUp({ file }) {
      await fs.rm(file, { force: true });
      return [`removed ${file}, which was written in part`];
    },
  };
}
