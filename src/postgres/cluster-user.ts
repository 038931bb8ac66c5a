import fs from 'node:fs/promises';
import path from 'node:path';
import { PreflightError } from '../contract/errors.ts';

/** The user that a cluster's processes run as. */
export interface ClusterUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const PREFERRED = ['postgres', 'nobody'];

/**
 * The unprivileged user for a cluster: PostgreSQL's programs refuse root. Gives undefined when this process is not
 * root (and on Windows, where pg_ctl gives up the rights itself).
 * @throws PreflightError when there is neither a user `postgres` nor `nobody`.
 */
export async function findClusterUser(passwd = '/etc/passwd'): Promise<ClusterUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await fs.readFile(passwd, 'utf8')).split('\n').map((line) => line.split(':'));
  for (const wanted of PREFERRED) {
    const fields = users.find(([name]) => name === wanted);
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    if (fields !== undefined && uid > 0 && gid > 0) return { name: wanted, uid, gid };
  }
  throw new PreflightError(
    'PostgreSQL does not run as root, and there is no unprivileged user "postgres" or "nobody".',
    {
      hint: 'Run this as an ordinary user, or create one for it: useradd --system postgres',
    },
  );
}

/**
 * Makes sure that the user can get into a folder: the permission to enter is needed on it and on every folder above it.
 * @throws PreflightError naming the folder that is closed.
 */
export async function checkReachable(target: string, user: ClusterUser): Promise<void> {
  const full = await fs.realpath(target);
  for (let folder = full; ; folder = path.dirname(folder)) {
    const { mode, uid, gid } = await fs.stat(folder);
    const enter = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & enter) === 0)
      throw new PreflightError(
        `The user "${user.name}", which PostgreSQL runs as, cannot enter the folder ${folder}.`,
        {
          hint: `Choose a folder outside of it, or let others enter it: chmod o+x '${folder}'. Running this as an ordinary user avoids the question.`,
        },
      );
    if (folder === path.dirname(folder)) return;
  }
}
