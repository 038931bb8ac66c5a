import { PreflightError, UsageError, type ExpectedError } from '../contract/errors.ts';
import type { Standing } from './lasting.ts';
import type { RunSummary } from './types.ts';

/** What may be done with a run (design section 5a). */
export function nextCommands(outcome: RunSummary['outcome'], standing: Standing): RunSummary['next'] {
  const wayBack = standing.effects && standing.pastNoReturn === undefined && !standing.cleanedUp;
  switch (outcome) {
    case 'lost':
      return ['recover'];
    case 'stopped':
    case 'failed':
    case 'interrupted':
      return [
        ...(standing.undoBegun ? [] : (['resume'] as const)),
        ...(wayBack || standing.undoBegun ? (['rollback'] as const) : []),
        // One that was stopped keeps other runs away, also when it changed nothing.
        ...(outcome === 'stopped' || standing.effects || standing.undoBegun ? (['abandon'] as const) : []),
      ];
    case 'done':
      return [...(wayBack ? (['rollback'] as const) : []), ...(standing.keeps ? (['cleanup'] as const) : [])];
    case 'abandoned':
      return standing.keeps ? ['cleanup'] : [];
    case 'running':
    case 'damaged':
    case 'rolled-back':
      return [];
  }
}

const NOTHING = {
  resume: 'there is nothing to resume',
  rollback: 'there is nothing to roll back',
  cleanup: 'it keeps nothing',
  abandon: 'there is nothing to give up',
} as const;

/**
 * What may be done with a run whose services could not be started: what it changed may be why, so that the way back is
 * open too.
 */
export function nextOfSiteDown(standing: Standing): RunSummary['next'] {
  const further = nextCommands('failed', standing).filter((command) => command !== 'abandon');
  return ['recover', ...(standing.effects ? further : []), 'abandon'];
}

/** Why a command cannot be carried out on a run that does not have it among what leads on. */
export function refusal(
  command: 'resume' | 'rollback' | 'cleanup' | 'abandon',
  { id, outcome }: Pick<RunSummary, 'id' | 'outcome'>,
  { cleanedUp, pastNoReturn, undoBegun }: Standing,
): ExpectedError {
  const look = `\`sense-runbook runs report ${id}\` shows what it did.`;
  if (command === 'resume' && undoBegun && outcome !== 'rolled-back')
    return new PreflightError(
      `run ${id} was being rolled back: some of its steps are put back, and others rested on them`,
      { hint: `Nothing was changed. \`sense-runbook rollback ${id}\` puts back the rest; then run it anew.` },
    );
  if (command === 'rollback' && cleanedUp && outcome !== 'abandoned')
    return new PreflightError(
      `run ${id} cannot be rolled back: \`cleanup\` has removed what it kept for that, or a part of it`,
      { hint: `Nothing was changed. ${look} What is older is in the backup sets.` },
    );
  if (command === 'rollback' && pastNoReturn !== undefined && outcome !== 'abandoned')
    return new PreflightError(
      `run ${id} is past its point of no return (${pastNoReturn}); nothing was put back`,
      {
        hint: `The plan names the way back from here. ${look}`,
      },
    );
  if (command === 'cleanup' && ['failed', 'stopped', 'interrupted'].includes(outcome))
    return new UsageError(`run ${id} is ${outcome}, so that what it keeps may still be needed`, {
      hint: `Only a run that is done, or given up, is cleaned up. \`sense-runbook runs show ${id}\` says what leads on.`,
    });
  return new UsageError(`run ${id} is ${outcome}; ${NOTHING[command]}`, {
    hint: `\`sense-runbook runs show ${id}\` shows it.`,
  });
}

/** What is typed after `sense-runbook` to lead a run on. */
export function nextCommandLine(command: RunSummary['next'][number], run: string): string {
  if (command === 'recover') return 'recover';
  return command === 'abandon' ? `runs abandon ${run}` : `${command} ${run}`;
}
