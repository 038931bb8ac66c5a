import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { formatBytes } from '../foundation/human.ts';
import { clusterFiles, readPid } from '../postgres/cluster-files.ts';
import { dataFolderBytes, findDataFolder, outsideTablespaces } from '../postgres/copied-cluster.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { EMPTY_CLUSTER } from './drill-readiness.ts';
import { adviceOf, factOf } from './failure.ts';

const input = z.strictObject({
  /** The data folder, or the one above with a folder for each version. */
  folder: z.string().min(1),
  /** Where pg_dumpall is to write; absolute. */
  file: z.string().min(1),
});

/**
 * Whether the databases of a data folder can be saved that no server runs on any more (manual 5.6, p. 209): the folder is
 * whole and nobody uses it, there are programs of its version, and room for a copy, and then for the databases once more, in
 * a drill. Gives folder and versions.
 */
export function createCheckDataFolder(
  c: Pick<ActionCollaborators, 'vault' | 'offsite' | 'database' | 'scratch' | 'freeBytes'>,
): Action<z.infer<typeof input>, null> {
  const look = (target: string): FileOperation => ({
    kind: 'file',
    verb: 'check',
    path: target,
    effect: 'read',
  });
  return createCheck({
    name: 'check.data-folder',
    input,
    whilePlanning: true,
    operations: ({ folder, file }) => [look(folder), look(file)],
    async probe({ folder, file }, _context, perform) {
      const checks: CheckResult[] = [];
      const judged = async (id: string, work: () => Promise<string>): Promise<void> => {
        try {
          checks.push({ id, status: 'ok', message: await work() });
        } catch (error) {
          const hint = adviceOf(error);
          checks.push({
            id,
            status: 'failed',
            message: factOf(error),
            ...(hint === undefined ? {} : { hint }),
          });
        }
      };
      checks.push(await perform(look(file), () => fileCheck(file)));
      try {
        const found = await perform(look(folder), () => findDataFolder(folder));
        checks.push(
          {
            id: 'data-folder',
            status: 'ok',
            message: `${found.folder} is of PostgreSQL ${String(found.major)}.`,
          },
          await runningCheck(found.folder),
          await tablespaceCheck(found.folder),
        );
        await judged('server-programs', async () => {
          const { version, folder: bin } = await c.scratch.programs(found.major);
          return `PostgreSQL ${version} in ${bin} to start the copy.`;
        });
        let dumpMajor = found.major;
        await judged('client-programs', async () => {
          const { version, major, folder: bin } = await c.database.programs(found.major);
          dumpMajor = major;
          return `pg_dump ${version} in ${bin}.`;
        });
        // A drill comes after the copy is removed, and begins with the set where that is in a repository.
        const fetched = c.offsite.vault === undefined ? 0 : ((await c.vault.latest())?.bytes ?? 0);
        checks.push(await spaceCheck(c, (await dataFolderBytes(found.folder)) + EMPTY_CLUSTER + fetched));
        return { checks, observed: { ...found }, outputs: { ...found, dumpMajor } };
      } catch (error) {
        const hint = adviceOf(error);
        const failed: CheckResult = { id: 'data-folder', status: 'failed', message: factOf(error) };
        return { checks: [...checks, hint === undefined ? failed : { ...failed, hint }] };
      }
    },
  });
}

/** `databasedumpfile=` of the installer takes an absolute path only (manual 3.6 step 7, p. 173). */
async function fileCheck(file: string): Promise<CheckResult> {
  const id = 'dump-file';
  if (!path.isAbsolute(file))
    return {
      id,
      status: 'failed',
      message: `${file} is no absolute path.`,
      hint: 'The installer takes an absolute path only.',
    };
  try {
    await fs.stat(path.dirname(file));
  } catch (error) {
    return { id, status: 'failed', message: factOf(error), hint: 'Make the folder first.' };
  }
  try {
    await fs.stat(file);
    return {
      id,
      status: 'failed',
      beforehand: true,
      message: `${file} is there already.`,
      hint: 'Name another file, or move it away.',
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { id, status: 'ok', message: `pg_dumpall will write ${file}.` };
    return { id, status: 'failed', message: factOf(error) };
  }
}

async function runningCheck(folder: string): Promise<CheckResult> {
  const id = 'data-folder-unused';
  // On other systems than Linux and Windows the command line of the process would tell; it is taken for the server's.
  const pid = await readPid({ ...clusterFiles(folder), data: folder }, () => Promise.resolve(folder));
  if (pid === undefined) return { id, status: 'ok', message: 'No server runs on it.' };
  return {
    id,
    status: 'failed',
    message: `A server runs on ${folder} (process ${String(pid)}): a copy would not be whole.`,
    hint: 'The database is still there: make a backup of it as usual (`backup`), or stop its service.',
  };
}

async function tablespaceCheck(folder: string): Promise<CheckResult> {
  const id = 'data-folder-whole';
  const outside = await outsideTablespaces(folder);
  if (outside.length === 0) return { id, status: 'ok', message: 'Everything lies in that folder.' };
  return {
    id,
    status: 'failed',
    message: `Tablespaces lie outside of the folder (pg_tblspc: ${outside.join(', ')}).`,
    hint: 'A server on a copy would write into them. Save these databases by hand, from a copy of the whole machine.',
  };
}

async function spaceCheck(
  c: Pick<ActionCollaborators, 'scratch' | 'freeBytes'>,
  needed: number,
): Promise<CheckResult> {
  const id = 'copy-space';
  const free = await c.freeBytes(c.scratch.folder);
  const message = `${formatBytes(free)} free in ${c.scratch.folder}, ${formatBytes(needed)} needed for the copy, and then for a drill.`;
  if (free > needed) return { id, status: 'ok', message };
  return {
    id,
    status: 'failed',
    message,
    hint: 'Set `drill.folder` in the site file to a folder on a disk with room.',
  };
}
