import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabSite } from './lab.ts';
import { NO_RESTIC } from './restic.ts';

/** Steps of a set that is fetched from a copy. */
const FETCHED = ['fetch-set', 'verify-fetched', 'remove-fetched'];

/** Steps that the usual restore leaves out, by runbook. They come in other ways of restoring, and are ended there. */
export const OTHER_STEPS = {
  sameHost: [...FETCHED, 'restore-as-documented', 'restore-logs'],
  newHost: [...FETCHED, 'bootstrap-only', 'start-central-rehearsal', 'restore-logs'],
} as const;

/** A restore from an offsite copy; without restic, from the vault. */
export const OTHER_SOURCE =
  NO_RESTIC === undefined ? { flags: ['--copy', 'offsite'], steps: FETCHED } : { flags: [], steps: [] };

/** Gives a site an offsite copy, whose repository lies in `folder`. */
export function addOffsite(content: Record<string, unknown>, folder: string): void {
  if (NO_RESTIC !== undefined) return;
  const password = join(folder, 'password of the copy');
  writeFileSync(password, 'a good password\n', { mode: 0o600 });
  const restic = { repository: join(folder, 'offsite'), password: { file: password } };
  Object.assign(content['vault'] as object, { copies: [{ name: 'offsite', restic }] });
}

/** Leaves a site its central node: the nodes of a simulated site have one folder for their log files. */
export function leaveCentral(site: LabSite): void {
  site.services('rim', ({ services }) => {
    for (const service of Object.values(services)) service.state = 'stopped';
  });
  site.edit((content) => {
    content['nodes'] = (content['nodes'] as { name: string }[]).filter(({ name }) => name === 'central');
  });
}
