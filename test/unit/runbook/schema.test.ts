import { describe, expect, it } from 'vitest';
import { runbookJsonSchema, stepSchema } from '../../../src/runbook/schema.ts';

/** Every object schema inside a JSON Schema that has a list of properties. */
function objects(schema: unknown): { properties: Record<string, unknown>; additionalProperties?: unknown }[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inner = Object.values(schema).flatMap(objects);
  return 'properties' in schema && 'type' in schema && schema.type === 'object'
    ? [schema as ReturnType<typeof objects>[number], ...inner]
    : inner;
}

describe('the published JSON Schema', () => {
  const schema = runbookJsonSchema();

  it('knows every key of a step', () => {
    const step = objects(schema).find(({ properties }) => 'uses' in properties);
    expect(Object.keys(step?.properties ?? {})).toEqual(Object.keys(stepSchema.shape));
  });

  it('allows unknown keys nowhere', () => {
    const all = objects(schema);
    expect(all.length).toBeGreaterThanOrEqual(6);
    expect(all.filter(({ additionalProperties }) => additionalProperties !== false)).toEqual([]);
  });

  it('asks for what a runbook cannot do without', () => {
    expect(schema['required']).toEqual(['name', 'title', 'sections']);
  });
});
