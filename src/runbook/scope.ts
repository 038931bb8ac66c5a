import { UsageError } from '../contract/errors.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import { nearest } from '../foundation/nearest.ts';
import type { Lookup, Reference } from './expression.ts';

/** What the steps that are done gave: `outputs` as a whole, and node by node. */
interface StepScope {
  readonly outputs: JsonObject;
  readonly nodes: Readonly<Record<string, JsonObject>>;
}

/** The four names an expression may use while a plan runs. A step that has not run, or was skipped, is absent. */
export interface Scope {
  /** With the real values of secret parameters. */
  readonly params: JsonObject;
  readonly site: JsonObject;
  readonly steps: Readonly<Record<string, StepScope>>;
  readonly run: JsonObject;
}

/** What may follow `run.`; one that has no value yet is null. Milliseconds for the durations. */
export const RUN_NAMES = [
  'id',
  'startedAt',
  'durationMs',
  'downtimeMs',
  'quietMs',
  'warnings',
  'failedStep',
] as const;

/** Reads references from the scope of a running plan. */
export function runningLookup(scope: Scope): Lookup {
  return (reference) => {
    switch (reference.root) {
      case 'params':
        return descend(scope.params, reference, 0);
      case 'site':
        return descend(scope.site, reference, 0);
      case 'run':
        return ownValue(scope.run, reference.path[0] ?? '') === undefined
          ? knownRunName(reference)
          : descend(scope.run, reference, 0);
      case 'steps': {
        const { id, node, rest } = stepReference(reference);
        const step = Object.hasOwn(scope.steps, id) ? scope.steps[id] : undefined;
        if (step === undefined) return null;
        if (node === undefined) return descend(step.outputs, reference, rest);
        const outputs = Object.hasOwn(step.nodes, node) ? step.nodes[node] : undefined;
        return outputs === undefined ? null : descend(outputs, reference, rest);
      }
    }
  };
}

/**
 * Follows a reference into a value from its part number `from` on. Own properties only: nothing of a prototype is seen.
 * @throws UsageError naming the nearest known name when there is no such value.
 */
export function descend(value: JsonValue, reference: Reference, from: number): JsonValue {
  let current = value;
  for (let index = from; index < reference.path.length; index += 1) {
    const part = reference.path[index] ?? '';
    const next = ownValue(current, part);
    if (next === undefined) throw unknownName(reference, index, namesOf(current));
    current = next;
  }
  return current;
}

/** The value under `name`, when it is the object's or the list's own. */
export function ownValue(value: JsonValue, name: string): JsonValue | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return /^\d+$/.test(name) ? value[Number(name)] : undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Takes `steps.ID.outputs.x` and `steps.ID.nodes.NAME.x` apart; `rest` is the index of `x`. */
export function stepReference(reference: Reference): { id: string; node?: string; rest: number } {
  const [id = '', kind, node = ''] = reference.path;
  return kind === 'nodes' ? { id, node, rest: 3 } : { id, rest: 2 };
}

/** `params.quiece is unknown; did you mean "quiesce"?` */
export function unknownName(reference: Reference, index: number, known: readonly string[]): UsageError {
  const written = [reference.root, ...reference.path.slice(0, index + 1)].join('.');
  const near = nearest(reference.path[index] ?? '', known);
  if (near !== undefined) return new UsageError(`${written} is unknown; did you mean "${near}"?`);
  const list = known.length === 0 ? '' : `; known are ${known.map((name) => `"${name}"`).join(', ')}`;
  return new UsageError(`${written} is unknown${list}`);
}

/** Null for a known name of `run` that has no value; @throws UsageError for any other. */
function knownRunName(reference: Reference): null {
  if ((RUN_NAMES as readonly string[]).includes(reference.path[0] ?? '')) return null;
  throw unknownName(reference, 0, RUN_NAMES);
}

function namesOf(value: JsonValue): string[] {
  return value === null || typeof value !== 'object' || Array.isArray(value) ? [] : Object.keys(value);
}
