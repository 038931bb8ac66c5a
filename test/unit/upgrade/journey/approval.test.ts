import { describe, expect, it } from 'vitest';
import { ConfirmationError } from '../../../../src/contract/errors.ts';
import { foreseeApproval } from '../../../../src/upgrade/journey/approval.ts';
import type { Stop } from '../../../../src/upgrade/journey/itinerary.ts';
import { runOptions } from '../../../helpers/engine.ts';
import { planOf } from './samples.ts';

const STOPS = planOf().hops.map((hop, index) => ({ hop, number: index + 1 })) as Stop[];

function refusal(
  { canAsk = false, destroy }: { canAsk?: boolean; destroy?: string },
  stops = STOPS,
): ConfirmationError | undefined {
  const approvals = { change: true, ...(destroy === undefined ? {} : { destroy }) };
  try {
    foreseeApproval(stops, { site: 'acme', canAsk, options: () => ({ ...runOptions(), approvals }) });
    return undefined;
  } catch (error) {
    return error as ConfirmationError;
  }
}

describe('the name of the site', () => {
  it('is wanted at the beginning where nobody can be asked for it in front of a hop', () => {
    const error = refusal({});
    expect(error).toBeInstanceOf(ConfirmationError);
    expect(error?.message).toContain('hops 2, 3 will need approval (destroy)');
    expect(error?.hint).toContain('--approve destroy=acme');
  });

  it('is not wanted twice, and not for hops that can be taken back', () => {
    expect(refusal({ destroy: 'acme' })).toBeUndefined();
    expect(refusal({ canAsk: true })).toBeUndefined();
    expect(refusal({}, STOPS.slice(0, 1))).toBeUndefined();
  });

  it('of another site is refused at the beginning', () => {
    expect(refusal({ canAsk: true, destroy: 'other' })?.message).toContain('names another site than acme');
  });
});
