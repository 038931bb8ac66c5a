import type { ZodType } from 'zod';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import { checkShape } from '../foundation/shape.ts';
import type { YamlPath } from '../foundation/yaml-positions.ts';
import { parseDuration } from '../foundation/measures.ts';
import type { LoadedItem, LoadedStep, Where } from './loaded.ts';
import { parallelSchema, stepSchema } from './schema.ts';
import type { WrittenStep } from './schema.ts';

/** Reads a list of items as written. What is wrong goes into `problems`; items with mistakes are left out. */
export function readItems(
  written: readonly unknown[],
  where: Where,
  origin: string,
  problems: string[],
): LoadedItem[] {
  return written.flatMap((value, index): LoadedItem[] => {
    const here = inside(where, [index]);
    if (!isParallel(value)) return readStep(value, here, origin, problems);
    const group = checked(parallelSchema, value, here, problems);
    if (group === undefined) return [];
    const parallel = group.parallel.flatMap((branch, branchIndex) => {
      const branchWhere = inside(here, ['parallel', branchIndex]);
      if (!isParallel(branch)) return readStep(branch, branchWhere, origin, problems);
      problems.push(`${branchWhere([], 'key')}: parallel groups cannot stand inside each other`);
      return [];
    });
    return parallel.length === 0 ? [] : [{ parallel }];
  });
}

/** Checks a value's shape; the messages go into `problems`. */
export function checked<Output>(
  schema: ZodType<Output>,
  value: unknown,
  where: Where,
  problems: string[],
): Output | undefined {
  const result = checkShape(schema, value);
  if ('value' in result) return result.value;
  for (const problem of result.problems)
    problems.push(`${where(problem.path, problem.part)}: ${problem.message}`);
  return undefined;
}

/** Places inside of what is at `path`. */
export function inside(where: Where, path: YamlPath): Where {
  return (rest, part) => where([...path, ...rest], part);
}

function isParallel(value: unknown): value is { parallel: unknown } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'parallel');
}

function readStep(value: unknown, where: Where, origin: string, problems: string[]): LoadedStep[] {
  const written = checked(stepSchema, value, where, problems) ?? withoutMistakes(value);
  if (written === undefined) return [];
  const input = toJson((value as { with?: unknown }).with ?? {}, inside(where, ['with']), [], problems);
  return [normalise(written, input as JsonObject, where, origin)];
}

/** A step without the keys that are wrong, so that the others are looked at too; undefined without `id` or `uses`. */
function withoutMistakes(value: unknown): WrittenStep | undefined {
  const result = checkShape(stepSchema, value);
  if ('value' in result) return result.value;
  if (result.problems.some((problem) => problem.path.length === 0)) return undefined;
  const wrong = new Set(result.problems.map((problem) => problem.path[0]));
  const rest = Object.entries(value as object).filter(([key]) => !wrong.has(key));
  const again = checkShape(stepSchema, Object.fromEntries(rest));
  return 'value' in again ? again.value : undefined;
}

function normalise(step: WrittenStep, input: JsonObject, where: Where, origin: string): LoadedStep {
  const timeoutMs = step.timeout === undefined ? undefined : parseDuration(step.timeout);
  return {
    id: step.id,
    title: step.title ?? titleOf(step.id),
    uses: step.uses,
    on: list(step.on ?? 'central'),
    with: input,
    ...(step.when === undefined ? {} : { when: step.when }),
    ...(step.source === undefined ? {} : { source: step.source }),
    ...(step.explain === undefined ? {} : { explain: step.explain }),
    ...(step.confirm === undefined ? {} : { confirm: step.confirm }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(step.retry === undefined
      ? {}
      : {
          retry: { attempts: step.retry.attempts, delayMs: parseDuration(step.retry.delay ?? '0s') ?? 0 },
        }),
    onFailure: step['on-failure'] ?? 'stop',
    after: step.after === undefined ? [] : list(step.after),
    reverses: step.reverses === undefined ? [] : list(step.reverses),
    pointOfNoReturn: step['point-of-no-return'] ?? false,
    ...(step['site-consistent'] === undefined ? {} : { siteConsistent: step['site-consistent'] }),
    origin,
    where,
  };
}

/** `Start services` from `start-services`. */
function titleOf(id: string): string {
  const words = id.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : [...new Set(value)];
}

/** YAML knows numbers and keys that JSON has not; a plan is JSON. */
function toJson(value: unknown, where: Where, path: YamlPath, problems: string[]): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value))
    return value.map((item, index) => toJson(item, where, [...path, index], problems));
  if (typeof value === 'object') {
    const result: JsonObject = {};
    for (const [key, item] of Object.entries(value)) {
      if (key === '__proto__') problems.push(`${where([...path, key], 'key')}: cannot be a key`);
      else result[key] = toJson(item, where, [...path, key], problems);
    }
    return result;
  }
  problems.push(`${where(path)}: must be text, a number, true or false, a list or a group of keys`);
  return null;
}
