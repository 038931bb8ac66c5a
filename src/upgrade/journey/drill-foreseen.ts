import { PreflightError } from '../../contract/errors.ts';
import { stepsOf, type Plan } from '../../contract/plan.ts';

/**
 * A hop wants a set that was restored to prove it. That its drill cannot be made here, the plan of its backup says already; said
 * only after the backup, a night would be lost. @throws PreflightError
 */
export function refuseWithoutDrill(plan: Pick<Plan, 'sections'>, hop: number): void {
  const steps = plan.sections.flatMap(({ items }) => stepsOf(items));
  // Where it could not be told, the run itself tells.
  const told = steps.filter(({ uses, label }) => uses === 'drill.due' && label !== 'assumed');
  for (const { outputs, notes } of told.flatMap(({ executions }) => executions)) {
    if (outputs['due'] !== false) continue;
    const [message = 'the safety backup cannot be drilled here', ...hints] = notes;
    throw new PreflightError(`the safety backup of hop ${String(hop)} could not be proven here: ${message}`, {
      ...(hints.length === 0 ? {} : { hint: `${hints.join(' ')} Then this command again.` }),
      changed: 'nothing by this hop',
    });
  }
}
