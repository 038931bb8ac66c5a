import { PreflightError } from '../../contract/errors.ts';
import { BACKUP_PARAM } from './hop-runbooks.ts';
import type { Stop } from './itinerary.ts';
import type { JourneyCollaborators } from './ports.ts';

/** Of the check for the safety backup, which is yet to be made: the check, and its step where it could not look. */
const OF_THE_BACKUP = new Set(['safety-backup', 'check-safety-backup']);

/**
 * Looks whether a hop could begin, by the checks that it begins with, before the backup that takes most of the night. What only
 * that backup can put right is left out. @throws PreflightError with every check that failed
 */
export async function lookBeforeBackup(
  { runbook, params, number }: Stop,
  c: Pick<JourneyCollaborators, 'engine' | 'plan' | 'signal'>,
): Promise<void> {
  const request = { runbook, params: { ...params, [BACKUP_PARAM]: 'latest' } };
  const { plan } = await c.plan(request, c.signal);
  const checks = await c.engine.preflight(plan, c.signal);
  const failed = checks.filter(({ id, status }) => status === 'failed' && !OF_THE_BACKUP.has(id));
  if (failed.length > 0)
    throw new PreflightError(
      [
        `hop ${String(number)} could not begin, so that its backup was not made:`,
        ...failed.map(({ message }) => `  ${message}`),
      ].join('\n'),
      {
        hint: [
          ...new Set(failed.flatMap(({ hint }) => (hint === undefined ? [] : [hint]))),
          'Then this command again.',
        ].join('\n'),
        changed: 'nothing by this hop',
      },
    );
}
