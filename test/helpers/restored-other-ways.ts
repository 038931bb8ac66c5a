import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab, LabSite } from './lab.ts';
import { NO_RESTIC } from './restic.ts';
import { query } from './restore-site.ts';

/** Steps of a set that is fetched from a copy. */
const FETCHED = ['fetch-set', 'verify-fetched', 'foresee', 'remove-fetched'];

/** Steps of a rehearsal in the place of others. */
export const REHEARSED = [
  'set-start-types-back-rehearsal',
  'start-central-rehearsal',
  'set-start-types-back-rehearsal-after-all',
] as const;

/** Steps that the usual restore leaves out, by runbook. They come in other ways of restoring, and are ended there. */
export const OTHER_STEPS = {
  sameHost: [...FETCHED, 'restore-as-documented', 'restore-logs'],
  newHost: [...FETCHED, 'bootstrap-only', ...REHEARSED, 'restore-logs'],
} as const;

/** Steps that do other things in a restore to another host name than in one to the same, or come only there. */
export const NEW_HOST_STEPS = [
  ...['restore-certificates', 'remove-rims', 'rename', 'admit-nodes', 'restart-database', 'restore-extra'],
  ...['rim-connections', 'bootstrap', 'reset-rims'],
] as const;

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
export async function leaveCentral(lab: Lab, site: LabSite): Promise<void> {
  site.services('rim', ({ services }) => {
    for (const service of Object.values(services)) service.state = 'stopped';
  });
  await query(lab, 'QSR', 'DELETE FROM "ServerNodeConfigurations" WHERE NOT "IsCentral"');
  site.edit((content) => {
    content['nodes'] = (content['nodes'] as { name: string }[]).filter(({ name }) => name === 'central');
  });
}
