import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { siteJsonSchema } from '../../../src/site/json-schema.ts';
import { parseSite } from '../../../src/site/load.ts';

const TEMPLATES = join(import.meta.dirname, '../../../templates');
const read = (name: string): string => readFileSync(join(TEMPLATES, name), 'utf8');

interface Group {
  readonly properties?: Readonly<Record<string, Group>>;
  readonly items?: Group;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly pattern?: string;
}

/** Keys of a value that the schema does not know, in groups and lists. */
function unknownKeys(schema: Group | undefined, value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => unknownKeys(schema?.items, item, `${at}[]`));
  if (typeof value !== 'object' || value === null || schema?.properties === undefined) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    schema.properties?.[key] === undefined
      ? [`${at}.${key}`]
      : unknownKeys(schema.properties[key], item, `${at}.${key}`),
  );
}

describe('the published JSON Schema of the site file', () => {
  const schema = JSON.parse(read('site.schema.json')) as Group;

  it('is current (else run: npm run schema:generate)', () => {
    expect(schema).toEqual(JSON.parse(JSON.stringify(siteJsonSchema())));
  });

  it('demands what has no default and refuses unknown keys', () => {
    expect(schema.required).toEqual(['name', 'nodes', 'database', 'share', 'certificates', 'vault']);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties?.['vault']?.additionalProperties).toBe(false);
    expect(schema.properties?.['name']?.pattern).toBe('^[a-z0-9][a-z0-9-]{0,30}$');
  });

  it.each(['../test/fixtures/sites/full.yaml', 'site.example.yaml'])('knows every key of %s', (name) => {
    expect(unknownKeys(schema, parse(read(name)))).toEqual([]);
    expect(unknownKeys(schema, { vault: { colour: 1 }, nodes: [{ nam: 1 }] })).toEqual([
      '.vault.colour',
      '.nodes[].nam',
    ]);
  });

  it('describes an example that is a correct site file', () => {
    expect(parseSite(read('site.example.yaml'), 'site.yaml', { platform: 'win32' })).toMatchObject({
      site: { name: 'production' },
      warnings: [],
    });
  });
});
