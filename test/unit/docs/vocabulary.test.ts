import { describe, expect, it } from 'vitest';
import { RUN_NAMES } from '../../../src/runbook/scope.ts';
import { everyAction } from '../actions/every-action.ts';
import { inlineCode, readText } from './pages.ts';

/** Names of properties of a JSON Schema, at any depth. */
function keysOf(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(keysOf);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([name, value]: [string, unknown]) =>
    name === 'properties' && typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)])
      : keysOf(value),
  );
}

/** Keys that stand nowhere in backticks: alone, as the end of `extra[].name`, or with a value as in `restart: whole`. */
function unnamed(keys: readonly string[], page: string): string[] {
  const words = new Set(
    inlineCode(readText(page)).flatMap((code) => [
      code,
      code.split('.').at(-1),
      /^\{? ?([\w-]+):/.exec(code)?.[1],
    ]),
  );
  return [...new Set(keys)].filter((key) => !words.has(key));
}

describe('docs/site-file.md', () => {
  it('names every key of the site file', () => {
    const keys = keysOf(JSON.parse(readText('templates/site.schema.json')));
    expect(keys).toContain('minimum-free');
    expect(unnamed(keys, 'docs/site-file.md')).toEqual([]);
  });
});

describe('docs/runbooks.md', () => {
  it('names every key of a runbook', () => {
    const keys = keysOf(JSON.parse(readText('templates/runbook.schema.json')));
    expect(keys).toContain('point-of-no-return');
    expect(unnamed(keys, 'docs/runbooks.md')).toEqual([]);
  });

  it('names every action, and none that does not exist', () => {
    const actions = everyAction();
    const rows = [...readText('docs/runbooks.md').matchAll(/^\| `([a-z-]+\.[a-z-]+)` +\|/gm)];
    expect(rows.map((row) => row[1]).sort()).toEqual([...actions.keys()].sort());
  });

  it('names everything that an expression may read of a run', () => {
    expect(unnamed(RUN_NAMES, 'docs/runbooks.md')).toEqual([]);
  });
});
