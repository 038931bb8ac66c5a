import { BusyError } from '../../contract/errors.ts';
import { goOnCommand } from './journey-line.ts';
import type { SavedUpgradePlan } from './plan-file.ts';
import type { JourneyRecord } from './record.ts';
import { differences, type UpgradeSight } from './site-state.ts';

/** How a plan stands to the record that is there. */
export type Standing =
  /** `aside`: a journey that is over, whose record makes room. */
  | { readonly is: 'new'; readonly aside?: JourneyRecord }
  | { readonly is: 'begun'; readonly record: JourneyRecord }
  | { readonly is: 'done'; readonly record: JourneyRecord };

/**
 * Whether a plan is begun anew, gone on with, or carried out already. A plan that was carried out is begun again only where the
 * site is seen to be where it starts, as after a restore.
 * @throws BusyError while another plan's journey is unfinished
 */
export async function standingOf(
  { plan, sha256 }: SavedUpgradePlan,
  record: JourneyRecord | undefined,
  look: () => Promise<UpgradeSight>,
): Promise<Standing> {
  if (record === undefined) return { is: 'new' };
  const same = record.plan.sha256 === sha256;
  if (record.state === 'unfinished') {
    if (same) return { is: 'begun', record };
    throw new BusyError(
      `another upgrade is unfinished: ${record.plan.from} -> ${record.plan.to}, by the plan ${record.plan.file}`,
      {
        hint: `Go on with it: ${goOnCommand(record.plan.file)}\nOr give it up, as the site is: sense-runbook upgrade abandon`,
      },
    );
  }
  const first = plan.hops[0];
  if (!same || record.state === 'given-up' || first === undefined) return { is: 'new', aside: record };
  const sight = await look();
  const atStart = sight.nodes.length > 0 && differences(first.stateBefore, sight).length === 0;
  return atStart ? { is: 'new', aside: record } : { is: 'done', record };
}

/** The record of a journey that nothing was done of yet. */
export function newRecord(
  { plan, sha256 }: SavedUpgradePlan,
  given: Pick<JourneyRecord, 'tool' | 'startedAt' | 'answers'> & { readonly file: string },
): JourneyRecord {
  const { tool, startedAt, answers, file } = given;
  return {
    schemaVersion: 1,
    kind: 'upgrade-journey',
    tool,
    plan: { file, sha256, from: plan.from, to: plan.to },
    state: 'unfinished',
    startedAt,
    answers,
    hops: plan.hops.map(({ kind, from, to }) => ({ kind, from, to, state: 'waiting', earlier: [] })),
  };
}
