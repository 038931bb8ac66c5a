import type { Command } from 'commander';
import { BusyError, ConfirmationError, UsageError, type ExitCode } from '../contract/errors.ts';
import { journeySummary } from '../upgrade/journey/journey-line.ts';
import type { Act } from './act.ts';
import type { CommandContext } from './context.ts';
import { runOptions, type ExecuteFlags } from './execute.ts';
import { openNoted, writeJson } from './open.ts';
import { addApprovalFlags } from './run.ts';

/** `upgrade abandon`. */
export function declareUpgradeAbandon(upgrade: Command, act: Act): void {
  addApprovalFlags(upgrade.command('abandon'))
    .description('give up an upgrade that is unfinished between two hops: the site stays as it is')
    .action((flags: ExecuteFlags) => act((context) => abandonUpgrade(context, flags)));
}

async function abandonUpgrade(context: CommandContext, flags: ExecuteFlags): Promise<ExitCode> {
  const { site, unfinished } = await openNoted(context);
  const { store } = site.upgrade;
  const record = await store.read();
  if (record === undefined || record.state === 'given-up')
    throw new UsageError('no upgrade is unfinished', { hint: '`sense-runbook runs` lists what was run.' });
  if (unfinished !== undefined) {
    const { unfinishedText } = await import('../report/runs-text.ts');
    throw new BusyError(unfinishedText(unfinished), {
      hint: 'Finish that run, put it back or give it up first.',
    });
  }
  const { approvals } = runOptions(context, flags);
  const question = `Give up the upgrade ${record.plan.from} -> ${record.plan.to}? The site stays as it is.`;
  const sure = approvals.change || (await context.asker.confirm(question, false, context.signal)) === true;
  if (!sure)
    throw new ConfirmationError('not confirmed: the upgrade is not given up', {
      hint: 'Nothing was changed. Without a terminal: --yes.',
    });
  await store.write({ ...record, state: 'given-up', endedAt: context.clock.now().toISOString() });
  if (context.flags.json)
    writeJson(context, { schemaVersion: 1, ...journeySummary(record), state: 'given-up' });
  else context.output.out(`The upgrade ${record.plan.from} -> ${record.plan.to} is given up.\n`);
  return 0;
}
