import { UsageError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { PlannedExecution, PlanStep } from '../contract/plan.ts';
import { pathText } from '../foundation/yaml-positions.ts';
import { evaluate, typeWord } from './evaluate.ts';
import { parseExpression, Unknown } from './expression.ts';
import { runningLookup } from './scope.ts';
import type { Scope } from './scope.ts';
import { fill } from './template.ts';
import { whyNot } from './why-not.ts';

/**
 * The input of a step on one node with what is known now; the action's schema has still to look at it.
 * @throws UsageError naming every place that cannot be filled.
 */
export function resolveInput(
  step: Pick<PlanStep, 'id' | 'with'>,
  execution: Pick<PlannedExecution, 'node'>,
  scope: Scope,
): JsonObject {
  const filled = fill(step.with, runningLookup(scope));
  if (filled.problems.length > 0)
    throw new UsageError(
      filled.problems
        .map(
          ({ path, message }) =>
            `step ${step.id} on ${execution.node}, ${pathText(['with', ...path])}: ${message}`,
        )
        .join('\n'),
    );
  return filled.value as JsonObject;
}

/** Why a condition does not hold, undefined when it does. @throws UsageError when it is not true or false, or uses what does not exist. */
export function whyLeftOut(when: string, scope: Scope): string | undefined {
  return holds(when, scope) ? undefined : whyNot(when, runningLookup(scope));
}

/** Whether a condition holds. @throws UsageError when it is not true or false, or uses what does not exist. */
function holds(when: string, scope: Scope): boolean {
  const value = evaluate(parseExpression(when), runningLookup(scope));
  if (typeof value === 'boolean') return value;
  const word = value instanceof Unknown ? 'unknown' : typeWord(value);
  throw new UsageError(`the condition ${when} must be true or false, and is ${word}`);
}
