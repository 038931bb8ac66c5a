import { ConfirmationError } from '../../contract/errors.ts';
import type { UpgradeHop } from '../types.ts';
import { HOP_RUNBOOKS } from './hop-runbooks.ts';
import { licensedHops } from './itinerary.ts';
import type { JourneyCollaborators } from './ports.ts';
import type { JourneyAnswer } from './record.ts';

/**
 * The person's answer to the vendor's licence, asked once for all hops whose installers want it (manual 4.2, p. 184 `accepteula`; 2.6,
 * p. 149 `acceptqca`). Undefined where none does. @throws ConfirmationError when it is not accepted, or nobody can be asked
 */
export async function acceptLicence(
  hops: readonly UpgradeHop[],
  byFlag: boolean,
  c: Pick<JourneyCollaborators, 'canAsk' | 'confirm' | 'side' | 'clock'>,
): Promise<JourneyAnswer | undefined> {
  const what = licensedHops(hops).map(
    ({ kind, from, to }) => `${HOP_RUNBOOKS[kind].medium?.program ?? kind}: ${from} -> ${to}`,
  );
  if (what.length === 0) return undefined;
  const list = what.map((line) => `  ${line}`).join('\n');
  if (!byFlag) {
    if (!c.canAsk)
      throw new ConfirmationError(
        `the installers want the Qlik Customer Agreement accepted, and there is no terminal to ask on:\n${list}`,
        { hint: 'Nothing was changed. Whoever may accept it says so with --accept-eula.' },
      );
    if (!(await c.confirm(`Do you accept the Qlik Customer Agreement for these installers?\n${list}\n`)))
      throw new ConfirmationError('the Qlik Customer Agreement is not accepted', {
        hint: 'Nothing was changed.',
      });
  }
  return { who: c.side.who, at: c.clock.now().toISOString(), how: byFlag ? 'flag' : 'asked', what };
}
