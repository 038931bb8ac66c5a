import { createHash } from 'node:crypto';

/** What is locked: by its name, or, where files can be locked, by a file in a folder that only its owner may write. */
export interface LockPlace {
  readonly name: string;
  readonly file: string;
}

/**
 * How a lock is held. `kernel`: a socket that vanishes with its process; `file`: one that stays on disk when its process
 * dies; `exclusive`: a file that is open for nobody else.
 */
export interface LockAddress {
  readonly path: string;
  readonly kind: 'kernel' | 'file' | 'exclusive';
}

/**
 * The address of a lock. Linux: a socket in the abstract namespace; Windows: the file itself, for a pipe of that name could
 * be made first by anybody; elsewhere a socket file, whose length is limited to about 100 characters.
 */
export function lockAddress(
  { name, file }: LockPlace,
  platform: NodeJS.Platform = process.platform,
): LockAddress {
  if (platform === 'win32') return { path: file, kind: 'exclusive' };
  const id = createHash('sha256').update(name).digest('hex');
  if (platform === 'linux') return { path: `\0sense-runbook-${id}`, kind: 'kernel' };
  return { path: `/tmp/sense-runbook-${id.slice(0, 32)}.sock`, kind: 'file' };
}
