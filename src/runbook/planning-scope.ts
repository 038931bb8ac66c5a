import type { JsonObject } from '../contract/json.ts';
import { Unknown } from './expression.ts';
import type { Lookup, Reference } from './expression.ts';
import { hasPlaceholder } from './placeholders.ts';
import { descend, ownValue, stepReference, unknownName } from './scope.ts';

/** What is known of a step's outputs while planning. */
interface PlannedOutputs {
  /** Predicted outputs by node; empty when the step is skipped. */
  readonly nodes: ReadonlyMap<string, JsonObject>;
  /** False when the step may still turn out to be skipped: then nothing of it decides anything now. */
  readonly certain: boolean;
}

/** What expressions see while planning. */
export interface PlanningScope {
  /** Secrets are `***`. */
  readonly params: JsonObject;
  readonly secretNames: readonly string[];
  readonly site: JsonObject;
  readonly nodeNames: readonly string[];
  /** Grows step by step. */
  readonly steps: Map<string, PlannedOutputs>;
}

/** Said of what only the run settles. */
const THE_RUN = 'the run';

/** Reads references while planning; what is known only later is an `Unknown` with its placeholder. */
export function planningLookup(scope: PlanningScope): Lookup {
  return (reference) => {
    switch (reference.root) {
      case 'params': {
        const value = descend(scope.params, reference, 0);
        return scope.secretNames.includes(reference.path[0] ?? '') && value !== null
          ? new Unknown(value, THE_RUN)
          : value;
      }
      case 'site':
        return descend(scope.site, reference, 0);
      case 'run':
        return new Unknown(
          reference.path[0] === 'id' ? '<run>' : `<run.${reference.path.join('.')}>`,
          THE_RUN,
        );
      case 'steps':
        return stepValue(scope, reference);
    }
  };
}

function stepValue(scope: PlanningScope, reference: Reference): ReturnType<Lookup> {
  const { id, node, rest } = stepReference(reference);
  if (node !== undefined && !scope.nodeNames.includes(node)) throw unknownName(reference, 2, scope.nodeNames);
  const step = scope.steps.get(id);
  const outputs = node === undefined ? step?.nodes.values().next().value : step?.nodes.get(node);
  if (step === undefined || outputs === undefined) return null;
  let value: ReturnType<typeof ownValue> = outputs;
  for (const part of reference.path.slice(rest)) value = value === undefined ? value : ownValue(value, part);
  const under = node === undefined ? id : `${id}.nodes.${node}`;
  if (value === undefined)
    return new Unknown(`<steps.${[under, ...reference.path.slice(rest)].join('.')}>`, id);
  return step.certain && !hasPlaceholder(value) ? value : new Unknown(value, id);
}
