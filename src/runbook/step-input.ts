import * as z from 'zod';
import type { ZodType } from 'zod';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import { checkShape, unknownWord } from '../foundation/shape.ts';
import type { Problem } from '../foundation/shape.ts';
import type { YamlPath } from '../foundation/yaml-positions.ts';
import type { Filled } from './template.ts';

/** What an action's schema says of an input: usable, wrong, or known only after the step `until`. */
export type CheckedInput<Input> =
  { readonly input: Input } | { readonly until: string } | { readonly problems: readonly Problem[] };

/**
 * Checks a filled input. Where a placeholder stands in for a value that is no text, the value is left out, as if it
 * were not written; when the action cannot do without it, the step is known only later.
 */
export function checkInput<Input>(schema: ZodType<Input>, filled: Filled): CheckedInput<Input> {
  const extra = unknownKeys(schema, filled.value);
  const first = checkWithout(extra, schema, filled.value);
  if ('value' in first) return extra.length === 0 ? { input: first.value } : { problems: extra };
  const real = first.problems.filter(({ path }) => !filled.unknown.some((item) => related(path, item.path)));
  const [unknown] = filled.unknown;
  if (real.length > 0 || extra.length > 0 || unknown === undefined) return { problems: [...real, ...extra] };
  const rest = structuredClone(filled.value);
  for (const { path } of filled.unknown) remove(rest, path);
  const second = checkShape(schema, rest);
  return 'value' in second ? { input: second.value } : { until: unknown.until };
}

/** Unknown keys with the nearest known one; a schema that passes them over would hide a typing error. */
function unknownKeys(schema: ZodType, value: JsonValue): Problem[] {
  if (!(schema instanceof z.ZodObject)) return [];
  if (schema.def.catchall !== undefined && !(schema.def.catchall instanceof z.ZodNever)) return [];
  const known = Object.keys(schema.shape);
  return Object.keys(value as JsonObject)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: [key], part: 'key', message: unknownWord('key', key, known) }));
}

/** Checks the value without its unknown keys, which have their own messages. */
function checkWithout<Input>(extra: readonly Problem[], schema: ZodType<Input>, value: JsonValue) {
  const names = extra.map(({ path }) => path[0]);
  const rest = Object.entries(value as JsonObject).filter(([key]) => !names.includes(key));
  return checkShape(schema, Object.fromEntries(rest));
}

function related(a: YamlPath, b: YamlPath): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((part, index) => String(part) === String(b[index]));
}

function remove(value: JsonValue, path: YamlPath): void {
  let current: JsonValue | undefined = value;
  for (const part of path.slice(0, -1)) {
    if (current === null || typeof current !== 'object') return;
    current = (current as Record<string | number, JsonValue>)[part];
  }
  const last = path.at(-1);
  if (current !== null && typeof current === 'object' && !Array.isArray(current) && last !== undefined)
    delete current[String(last)];
}
