import { ConfirmationError } from '../contract/errors.ts';
import type { EffectClass } from '../contract/operation.ts';
import { allSteps, type Plan } from '../contract/plan.ts';
import { predictedWords } from '../runbook/prediction-words.ts';
import type { ApprovalQuestion, EngineCollaborators, RunOptions } from './types.ts';

/** The classes a plan needs approval for, weakest first. */
export function neededApprovals(
  plan: Pick<Plan, 'sections' | 'onFailure' | 'always'>,
): Exclude<EffectClass, 'read'>[] {
  const effects = new Set(
    allSteps(plan)
      .filter((step) => step.skipped === undefined)
      .map((step) => step.effect),
  );
  return (['change', 'destroy'] as const).filter((effect) => effects.has(effect));
}

/**
 * Asks once for each class that is needed and was not given by a flag. Asked after all checks, so that the answer
 * rests on what was seen. @throws ConfirmationError when refused, or when there is nobody to ask.
 */
export async function askApprovals(
  request: Pick<ApprovalQuestion, 'title' | 'lines' | 'kept'> & {
    readonly needed: readonly Exclude<EffectClass, 'read'>[];
  },
  { site, nodes, prompter }: Pick<EngineCollaborators, 'site' | 'nodes' | 'prompter'>,
  { approvals, signal }: Pick<RunOptions, 'approvals' | 'signal'>,
): Promise<void> {
  const host = nodes.find((node) => node.role === 'central')?.host ?? 'unknown host';
  // Whoever names another site means another site, also where nothing is destroyed.
  if (request.needed.length > 0 && approvals.destroy !== undefined && approvals.destroy !== site.name) {
    throw new ConfirmationError(
      `\`--approve destroy=${approvals.destroy}\` names another site than ${site.name}`,
      { hint: 'Nothing was changed. Look whether this is the site you mean.' },
    );
  }
  for (const effect of request.needed) {
    // Whoever lets something be destroyed also lets it be changed: one question, the stronger one.
    if (effect === 'change' && (approvals.change || request.needed.includes('destroy'))) continue;
    if (effect === 'destroy' && approvals.destroy !== undefined) continue;
    if (!prompter.canAsk) {
      const flag = effect === 'change' ? '--yes' : `--approve destroy=${site.name}`;
      throw new ConfirmationError(
        `"${request.title}" needs approval (${effect}), and there is no terminal to ask on`,
        {
          hint: `Nothing was changed. Give ${flag} to approve it beforehand.`,
        },
      );
    }
    const question: ApprovalQuestion = {
      effect,
      site: site.name,
      host,
      title: request.title,
      lines: request.lines,
      ...(request.kept === undefined ? {} : { kept: request.kept }),
    };
    if (!(await prompter.approve(question, signal))) {
      throw new ConfirmationError('not confirmed', { hint: 'Nothing was changed.' });
    }
  }
}

/** Whether everything that a plan replaces can be put back: each such step has a way back, and none is a point of no return. */
export function keepsWhatItReplaces(plan: Pick<Plan, 'sections' | 'onFailure' | 'always'>): boolean {
  const steps = allSteps(plan).filter(({ skipped }) => skipped === undefined);
  return steps.every(
    ({ effect, undo, pointOfNoReturn }) => !pointOfNoReturn && (effect !== 'destroy' || undo === true),
  );
}

/** The plain lines under the question: what the plan predicts and warns of. */
export function approvalLines(plan: Plan): string[] {
  const lines = [plan.runbook.title, ...toldLines(plan), ...stopLines(plan), ...destroyLines(plan)];
  const duration = predictedWords(plan.predicted, 'durationMs');
  if (duration !== undefined) lines.push(`Predicted duration: ${duration}`);
  const downtime = predictedWords(plan.predicted, 'downtimeMs');
  if (downtime !== undefined) lines.push(`Predicted downtime: ${downtime}`);
  const warnings = plan.checks.filter((check) => check.status === 'warning').map((check) => check.message);
  return [...lines, ...[...plan.warnings, ...warnings].map((warning) => `Warning: ${warning}`)];
}

/** What steps want to be said: which backup set, how old. */
function toldLines(plan: Plan): string[] {
  return allSteps(plan)
    .filter(({ skipped }) => skipped === undefined)
    .flatMap(({ executions }) => executions.flatMap(({ approval }) => approval ?? []));
}

/** What is gone afterwards, as far as it is a file or folder with a name. */
function destroyLines(plan: Plan): string[] {
  return allSteps(plan)
    .filter(({ skipped }) => skipped === undefined)
    .flatMap(({ executions }) => executions.flatMap(({ operations }) => operations))
    .flatMap((operation) =>
      operation.effect === 'destroy' && operation.kind === 'file'
        ? [`Gone afterwards: ${operation.path}`]
        : [],
    );
}

/** What users of the site notice: which nodes lose their services. */
function stopLines(plan: Plan): string[] {
  const nodes = new Set<string>();
  for (const { executions, skipped } of allSteps(plan)) {
    if (skipped !== undefined) continue;
    for (const { node, operations } of executions) {
      if (operations.some((operation) => operation.kind === 'service' && operation.verb === 'stop'))
        nodes.add(node);
    }
  }
  return nodes.size === 0 ? [] : [`Services are stopped on: ${[...nodes].join(', ')}`];
}
