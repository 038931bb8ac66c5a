import { createHash } from 'node:crypto';

/** Where a lock lives. `file`: a socket that stays on disk when its process dies. */
export interface LockAddress {
  readonly path: string;
  readonly kind: 'kernel' | 'file';
}

/**
 * The address of a lock name. Linux: a socket in the abstract namespace; Windows: a named pipe; both vanish with
 * their process. Elsewhere a socket file, whose length is limited to about 100 characters.
 */
export function lockAddress(name: string, platform: NodeJS.Platform = process.platform): LockAddress {
  const id = createHash('sha256').update(name).digest('hex');
  if (platform === 'linux') return { path: `\0sense-runbook-${id}`, kind: 'kernel' };
  if (platform === 'win32') return { path: String.raw`\\.\pipe\sense-runbook-${id}`, kind: 'kernel' };
  return { path: `/tmp/sense-runbook-${id.slice(0, 32)}.sock`, kind: 'file' };
}
