import * as z from 'zod';
import type { ZodType } from 'zod';

const PLACEHOLDER = /^<[^<>]+>$/;

/** Whether `value` stands for something that is known only later: `<set>`, `<run.downtimeMs>`. */
export function isPlaceholder(value: unknown): value is string {
  return typeof value === 'string' && PLACEHOLDER.test(value);
}

/** Input that may be unknown while planning: what `schema` takes, or a placeholder. */
export function orPlaceholder<T>(schema: ZodType<T>): ZodType<T | string> {
  return z.union([schema, z.string().regex(PLACEHOLDER)]);
}

/** The value, or undefined while it is still a placeholder. */
export function known<T>(value: T | string | undefined): T | undefined {
  return isPlaceholder(value) ? undefined : value;
}
