import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { systemClock } from '../../src/foundation/clock.ts';
import { createExec } from '../../src/platform/process/exec.ts';
import { posixIdentities } from '../../src/platform/process/identity.ts';
import { folderParts } from '../../src/vault/folder-vault.ts';
import { createRecordFile } from '../../src/vault/restic/record.ts';
import { createResticSource, type ResticSource } from '../../src/vault/restic/source.ts';
import type { ResticTarget } from '../../src/vault/restic/target.ts';
import { copyWorkerFile } from './copy-worker.ts';

/** Why tests with restic cannot run here; undefined: they can. */
export const NO_RESTIC =
  spawnSync('restic', ['version'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'restic is not installed here (node scripts/setup.mjs --test-programs installs it)';

/** A repository as this process sees it; `change` is what differs from a copy in `<folder>/offsite`. */
export async function labSource(
  folder: string,
  change: Partial<ResticTarget> & { readonly password?: string } = {},
): Promise<ResticSource> {
  const { password = 'a good password', ...target } = change;
  const workerFile = await copyWorkerFile();
  const root = join(folder, 'vault', 'site');
  return createResticSource({
    target: {
      name: 'offsite',
      kind: 'copy',
      site: 'site',
      program: 'restic',
      repository: join(folder, 'offsite'),
      options: [],
      environmentNames: ['RESTIC_PASSWORD'],
      environment: () => Promise.resolve({ RESTIC_PASSWORD: password }),
      timeoutMs: 120_000,
      ...target,
    },
    record: createRecordFile(join(root, 'offsite', 'offsite.json')),
    histories: join(root, 'offsite', 'offsite'),
    place: {
      folder: join(root, 'fetched'),
      self: { host: 'central', pid: process.pid, startedAt: 'now' },
      isAlive: posixIdentities.isAlive,
    },
    clock: systemClock,
    exec: createExec({ redact: (text) => text }),
    cacheFolder: join(folder, 'cache'),
    parts: (below) =>
      folderParts({ clock: systemClock, workers: 2, workerFile, syncFileSystem: async () => true }, below),
  });
}
