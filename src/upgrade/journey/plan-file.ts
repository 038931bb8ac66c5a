import { createHash } from 'node:crypto';
import * as z from 'zod';
import { UsageError } from '../../contract/errors.ts';
import { quoted } from '../../foundation/quoted.ts';
import { HOP_KINDS, type UpgradePlan } from '../types.ts';

/** A plan of an upgrade, and what tells it from every other one. */
export interface SavedUpgradePlan {
  readonly plan: UpgradePlan;
  /** Of the bytes of the file. */
  readonly sha256: string;
}

const REPLAN = 'Write one with: sense-runbook upgrade plan --to RELEASE --out FILE';

const reason = z.looseObject({ text: z.string(), source: z.string() });
const demand = reason.extend({ by: z.enum(['human', 'tool', 'check']), on: z.string() });
const state = z.looseObject({
  release: z.string(),
  patch: z.union([z.number(), z.enum(['none', 'unknown'])]),
  postgres: z.looseObject({ version: z.string() }),
  uninstalled: z.boolean(),
});

/** As much of a plan as carrying it out rests on; the rest is for readers, and grows. */
const schema = z.looseObject({
  schemaVersion: z.literal(1),
  kind: z.literal('upgrade-plan'),
  reachable: z.boolean(),
  from: z.string(),
  to: z.string(),
  hops: z.array(
    z.looseObject({
      kind: z.enum(HOP_KINDS),
      from: z.string(),
      to: z.string(),
      stateBefore: state,
      stateAfter: state,
      before: z.array(demand),
      after: z.array(demand),
      wayBack: reason,
    }),
  ),
});

/** Reads what `upgrade plan --out` wrote. @throws UsageError when it is something else, or leads nowhere */
export function readUpgradePlan(text: string, file: string): SavedUpgradePlan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${file} is no plan of an upgrade: it is not JSON`, { hint: REPLAN, cause });
  }
  if (typeof value === 'object' && value !== null && 'runbook' in value)
    throw new UsageError(`${file} is the plan of a runbook, not of an upgrade`, {
      hint: `Carry it out with: sense-runbook run ${quoted(file)}`,
    });
  const read = schema.safeParse(value);
  if (!read.success) {
    const { path = [], message = '' } = read.error.issues[0] ?? {};
    throw new UsageError(`${file} is no plan of an upgrade: ${path.join('.')}: ${message}`, { hint: REPLAN });
  }
  const plan = value as UpgradePlan;
  if (!plan.reachable)
    throw new UsageError(`${file} leads nowhere: there is no path from ${plan.from} to ${plan.to}`, {
      hint: '`sense-runbook upgrade plan` says which rule is in the way, and what would open it.',
    });
  return { plan, sha256: createHash('sha256').update(text).digest('hex') };
}
