import type { Command } from 'commander';
import { UsageError, type ExitCode } from '../contract/errors.ts';
import type { CommandContext } from './context.ts';
import { COPY, copyOf } from './copy-option.ts';
import { execute, runOptions, type ExecuteFlags } from './execute.ts';
import { assertComplete, findSet, placeOf } from './find-set.ts';
import { openNoted } from './open.ts';
import { showPlan } from './plan.ts';
import type { Act } from './act.ts';
import { recoverFirst } from './recover-first.ts';

/** Flags of `backups drill`. */
interface DrillFlags extends Pick<ExecuteFlags, 'guided'> {
  readonly sample?: string;
  readonly dryRun?: boolean;
}

/** `backups drill`: short for `run drill`. */
export function declareDrill(backups: Command, act: Act): void {
  backups
    .command('drill')
    .argument('[set]', 'identifier of the set, or "latest"', 'latest')
    .description('prove that a set restores: into a scratch database, which is compared and thrown away')
    .option(...COPY)
    .option('--sample <percent>', 'read again only so much of the share, for example 10%')
    .option('--dry-run', 'only print the plan')
    .option('--guided', 'explain every step and ask before it')
    .action((set: string, flags: DrillFlags, command: Command) =>
      act((context) => drill(context, set, flags, copyOf(command))),
    );
}

async function drill(
  context: CommandContext,
  wanted: string,
  flags: DrillFlags,
  copy: string | undefined,
): Promise<ExitCode> {
  const sample = flags.sample === undefined ? undefined : percentOf(flags.sample);
  const { site, unfinished } = await openNoted(context);
  const found = await findSet(placeOf(site, copy), wanted);
  assertComplete(found);
  const params = {
    set: found.id,
    ...(copy === undefined ? {} : { copy }),
    ...(sample === undefined ? {} : { sample: String(sample) }),
  };
  const request = { runbook: 'drill', params };
  if (flags.dryRun === true) return showPlan(context, site, await site.plan(request, context.signal), {});
  await recoverFirst(context, site, unfinished, { change: false });
  const { plan, secretParams } = await site.plan(request, context.signal);
  // A drill changes nothing of the site. What it does change (a database that it makes itself and removes, what it
  // fetches and removes, and one line in the set's history) is what this command was typed for: it is its approval.
  const options = { ...runOptions(context, flags, secretParams), approvals: { change: true } };
  return execute(context, site, () => site.engine.run(plan, options));
}

/** `10%` or `10`. @throws UsageError */
function percentOf(text: string): number {
  const match = /^(\d{1,3})\s*%?$/.exec(text.trim());
  const percent = Number(match?.[1]);
  if (match !== null && percent >= 1 && percent <= 100) return percent;
  throw new UsageError(`--sample ${text} is no part in percent`, { hint: 'For example: --sample 10%' });
}
