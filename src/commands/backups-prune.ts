import type { Command } from 'commander';
import { UsageError, type ExitCode } from '../contract/errors.ts';
import { retentionJson, retentionText } from '../report/retention-text.ts';
import { refusalToRemove } from '../vault/keep-back.ts';
import { decideRetention } from '../vault/retention.ts';
import type { Act } from './act.ts';
import type { CommandContext } from './context.ts';
import { execute, runOptions, type ExecuteFlags } from './execute.ts';
import { doneExitCode } from './exit-codes.ts';
import { note, openNoted, writeJson } from './open.ts';
import { showPlan } from './plan.ts';
import { recoverFirst } from './recover-first.ts';
import { addApprovalFlags } from './run.ts';

/** Flags of `backups prune`. */
interface PruneFlags extends ExecuteFlags {
  readonly dryRun?: boolean;
}

/** `backups prune`: by the retention of the site file, or one named set. */
export function declareBackupsPrune(backups: Command, act: Act): void {
  addApprovalFlags(backups.command('prune'))
    .argument('[set]', 'one set to remove for good; without it: those that vault.retention lets go')
    .description('remove backup sets that the retention lets go, or one set')
    .option('--dry-run', 'only tell what would become of each set, and why')
    .action((set: string | undefined, flags: PruneFlags) =>
      act((context) => (set === undefined ? pruneByRules(context, flags) : pruneOne(context, set, flags))),
    );
}

async function pruneByRules(context: CommandContext, flags: PruneFlags): Promise<ExitCode> {
  const options = runOptions(context, flags);
  const { site, unfinished } = await openNoted(context);
  const decide = async () => decideRetention(await site.vault.list(), site.retention, context.clock.now());
  if (flags.dryRun !== true) await recoverFirst(context, site, unfinished, options.approvals);
  const retention = await decide();
  const view = { ...retention, policy: site.retention };
  if (flags.dryRun === true || retention.decisions.every(({ decision }) => decision === 'keep')) {
    if (context.flags.json) writeJson(context, retentionJson(view));
    else context.output.out(retentionText(view));
    const warned = site.retention !== undefined && retention.blocked !== undefined;
    return doneExitCode(context.flags.strict, warned ? [retention.blocked] : []);
  }
  note(context, retentionText(view).trimEnd());
  const { plan } = await site.plan({ runbook: 'prune', params: {} }, context.signal);
  return execute(context, site, () => site.engine.run(plan, options));
}

async function pruneOne(context: CommandContext, set: string, flags: PruneFlags): Promise<ExitCode> {
  const options = runOptions(context, flags);
  const { site, unfinished } = await openNoted(context);
  const refusal = refusalToRemove(await site.vault.list(), set, site.vault.root);
  if (refusal !== undefined) throw new UsageError(refusal.message, { hint: refusal.hint });
  const request = { runbook: 'prune', params: { set } };
  if (flags.dryRun === true) return showPlan(context, site, await site.plan(request, context.signal), {});
  await recoverFirst(context, site, unfinished, options.approvals);
  const { plan } = await site.plan(request, context.signal);
  return execute(context, site, () => site.engine.run(plan, options));
}
