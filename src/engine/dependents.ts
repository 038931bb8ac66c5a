import type { JsonObject } from '../contract/json.ts';
import { allSteps, awaited, type Plan, type PlanStep } from '../contract/plan.ts';
import { liesInBracket } from './bracket.ts';
import { parseExpression, referencesOf, type Reference } from '../runbook/expression.ts';
import { hasPlaceholder, substituteValue } from '../runbook/placeholders.ts';
import { stepReference } from '../runbook/scope.ts';
import { expressionsIn } from '../runbook/template.ts';

/** Why a step cannot be left out, in one plain sentence; undefined when nothing rests on it. */
export function whyNotSkipped(plan: Plan, step: PlanStep): string | undefined {
  if (step.pointOfNoReturn) return 'it is the point of no return of this run';
  if (step.siteConsistent === false) return 'from it on the site must not be started, which has to be known';
  if (step.siteConsistent === true) return 'only after it may the site be started again';
  if (step.effect !== 'read' && liesInBracket(plan, step.id))
    return 'without it the site would be neither the old nor the new one';
  for (const other of allSteps(plan).filter(({ skipped, id }) => skipped === undefined && id !== step.id)) {
    const name = `step ${other.id} ("${other.title}")`;
    if (other.reverses.includes(step.id)) return `${name} reverses it`;
    if ((other.after ?? []).some((entry) => awaited(entry).step === step.id)) return `${name} waits for it`;
    if (referencesTo(step.id, other).length > 0) return `${name} uses what it finds out`;
  }
  return undefined;
}

/**
 * Why a step cannot be done by hand: another one needs an output of it that only the tool would know, or it waits for
 * steps beside it, which have not begun yet when it is asked about.
 */
export function whyNotByHand(
  plan: Plan,
  step: PlanStep,
  bindings: ReadonlyMap<string, string>,
): string | undefined {
  const [first] = step.after ?? [];
  if (first !== undefined) return `it waits for step ${awaited(first).step}, which runs beside it`;
  const known = step.executions.map(({ outputs }) => Object.keys(knownOutputs(outputs, bindings)));
  for (const other of allSteps(plan).filter(({ skipped, id }) => skipped === undefined && id !== step.id)) {
    for (const reference of referencesTo(step.id, other)) {
      const name = reference.path[stepReference(reference).rest];
      if (name === undefined || !known.every((names) => names.includes(name)))
        return `step ${other.id} ("${other.title}") needs what only the tool finds out here`;
    }
  }
  return undefined;
}

/** The planned outputs of a step as far as they are known before it runs. */
export function knownOutputs(outputs: JsonObject, bindings: ReadonlyMap<string, string>): JsonObject {
  const filled = substituteValue(outputs, bindings) as JsonObject;
  return Object.fromEntries(Object.entries(filled).filter(([, value]) => !hasPlaceholder(value)));
}

/** Whether a step uses what one of the others finds out. */
export function restsOn(step: PlanStep, others: Iterable<string>): boolean {
  return [...others].some((id) => referencesTo(id, step).length > 0);
}

/** References of `with` and `when` of a step to another one. */
function referencesTo(id: string, { with: input, when }: PlanStep): Reference[] {
  const expressions = expressionsIn(input).expressions.map(({ expression }) => expression);
  if (when !== undefined) expressions.push(parseExpression(when));
  return expressions
    .flatMap(referencesOf)
    .filter((reference) => reference.root === 'steps' && stepReference(reference).id === id);
}
