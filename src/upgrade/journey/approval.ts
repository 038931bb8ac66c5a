import { ConfirmationError } from '../../contract/errors.ts';
import { HOP_RUNBOOKS } from './hop-runbooks.ts';
import type { Stop } from './itinerary.ts';
import type { JourneyCollaborators } from './ports.ts';

/** Whether the run of a hop wants the name of the site: what it replaces comes back only by a restore. */
export function wantsSiteName({ hop }: Pick<Stop, 'hop'>): boolean {
  return HOP_RUNBOOKS[hop.kind].approval === 'destroy';
}

/**
 * Says before anything is done that the name of the site will be wanted: a hop would be refused only after its backup.
 * @throws ConfirmationError where nobody can be asked then, or another site is named
 */
export function foreseeApproval(
  ahead: readonly Stop[],
  c: Pick<JourneyCollaborators, 'site' | 'canAsk' | 'options'>,
): void {
  const hops = ahead.filter(wantsSiteName).map(({ number }) => String(number));
  if (hops.length === 0) return;
  const { destroy } = c.options({}).approvals;
  if (destroy === c.site || (destroy === undefined && c.canAsk)) return;
  const flag = `--approve destroy=${c.site}`;
  const which = `${hops.length === 1 ? 'hop' : 'hops'} ${hops.join(', ')}`;
  throw new ConfirmationError(
    destroy === undefined
      ? `${which} will need approval (destroy): what is installed comes back only by a restore; and there is no terminal to ask on`
      : `\`--approve destroy=${destroy}\` names another site than ${c.site}`,
    { hint: `Nothing was changed. Give ${flag} to approve it beforehand.` },
  );
}
