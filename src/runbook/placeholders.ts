import { StepError } from '../contract/errors.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { Operation } from '../contract/operation.ts';

/** What stands in a plan for a value known only at run time: `<run>`, `<set>`, `<steps.open-set.path>`. */
const PLACEHOLDER = /<[a-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*>/g;

/** Whether a placeholder stands anywhere in the value. */
export function hasPlaceholder(value: JsonValue): boolean {
  if (typeof value === 'string') return value.search(PLACEHOLDER) !== -1;
  return value !== null && typeof value === 'object' && Object.values(value).some(hasPlaceholder);
}

/** The operation with every placeholder that has a value replaced by it. Values put in are not looked at again. */
export function substitute<T extends Operation>(operation: T, bindings: ReadonlyMap<string, string>): T {
  // Operations are JSON by their nature, which interfaces do not tell; only texts in it change.
  return replaceIn(operation as unknown as JsonValue, bindings) as unknown as T;
}

/** The value with every bound placeholder replaced. */
export function substituteValue(value: JsonValue, bindings: ReadonlyMap<string, string>): JsonValue {
  return replaceIn(value, bindings);
}

/** One text for operations that are the same, whatever the order of their keys. */
export function canonicalOperation(operation: Operation): string {
  // JSON by its nature, as above.
  return canonicalJson(operation as unknown as JsonValue);
}

/** JSON with sorted keys; keys without a value are left out. */
export function canonicalJson(value: JsonValue | undefined): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const keys = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(',')}}`;
}

/**
 * Values of the placeholders in predicted outputs, read off the actual ones: `<set>` from `20261123T…`, and from
 * `/vault/<set>/share` by what stands around it. An output that was predicted and is missing binds nothing.
 * @throws StepError when an actual output does not look as predicted, or one placeholder would get two values.
 */
export function bind(predicted: JsonObject, actual: JsonObject): Map<string, string> {
  const bindings = new Map<string, string>();
  bindValue(predicted, actual, '', bindings);
  return bindings;
}

/** Placeholders that a finished execution settles: those of its predicted outputs, and `<steps.ID.x>` for all of them. */
export function bindExecution(
  step: string,
  execution: { readonly node: string; readonly outputs: JsonObject },
  actual: JsonObject,
): Map<string, string> {
  const bindings = bind(execution.outputs, actual);
  function walk(value: JsonValue | undefined, path: string): void {
    if (value === null || value === undefined) return;
    if (typeof value === 'object') {
      for (const [key, item] of Object.entries(value)) walk(item, `${path}.${key}`);
      return;
    }
    bindings.set(`<steps.${step}${path}>`, String(value));
    bindings.set(`<steps.${step}.nodes.${execution.node}${path}>`, String(value));
  }
  walk(actual, '');
  return bindings;
}

function replaceIn(value: JsonValue, bindings: ReadonlyMap<string, string>): JsonValue {
  if (typeof value === 'string') return value.replace(PLACEHOLDER, (name) => bindings.get(name) ?? name);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => replaceIn(item, bindings));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceIn(item, bindings)]));
}

function bindValue(
  predicted: JsonValue,
  actual: JsonValue | undefined,
  path: string,
  bindings: Map<string, string>,
): void {
  if (actual === undefined || actual === null) return;
  if (typeof predicted === 'string') {
    if (!hasPlaceholder(predicted)) return;
    if (typeof actual === 'object') throw mismatch(path, predicted);
    bindText(predicted, String(actual), path, bindings);
  } else if (predicted !== null && typeof predicted === 'object' && typeof actual === 'object') {
    const values = actual as JsonObject;
    for (const [key, item] of Object.entries(predicted))
      bindValue(
        item,
        Object.hasOwn(values, key) ? values[key] : undefined,
        path === '' ? key : `${path}.${key}`,
        bindings,
      );
  }
}

function bindText(predicted: string, actual: string, path: string, bindings: Map<string, string>): void {
  const names = predicted.match(PLACEHOLDER) ?? [];
  const literals = predicted.split(PLACEHOLDER).map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const match = new RegExp(`^${literals.join('(.+?)')}$`, 's').exec(actual);
  if (match === null) throw mismatch(path, predicted);
  names.forEach((name, index) => {
    const value = match[index + 1] ?? '';
    const earlier = bindings.get(name);
    if (earlier !== undefined && earlier !== value) throw mismatch(path, predicted);
    bindings.set(name, value);
  });
}

function mismatch(path: string, predicted: string): StepError {
  return new StepError(`the output ${path} is not what the plan predicted (${predicted})`, {
    hint: 'The plan no longer says what the run would do, so the run stops here. Make a new plan.',
  });
}
