import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { checkShape, closed, problemLine, unknownWord } from '../../../src/foundation/shape.ts';
import { parseYaml } from '../../../src/foundation/yaml-positions.ts';

const schema = closed({
  count: z.int().min(1).max(3),
  names: z.array(z.string().min(1).max(4)).min(1).max(2),
  kind: z.enum(['full', 'none']).optional(),
  flag: z.boolean().optional(),
  inner: closed({ value: z.number() }).optional(),
});

function lines(text: string): string[] {
  const yaml = parseYaml(text, 'f.yaml');
  const checked = checkShape(schema, yaml.value);
  return 'problems' in checked ? checked.problems.map((problem) => problemLine(yaml, problem)) : [];
}

describe('checking the shape of a file', () => {
  it('gives the value when all is well', () => {
    expect(checkShape(schema, { count: 1, names: ['a'] })).toEqual({ value: { count: 1, names: ['a'] } });
  });

  it.each([
    ['count: 0', 'names: [a]', 'f.yaml:1:8 count: must be at least 1'],
    ['count: 4', 'names: [a]', 'f.yaml:1:8 count: must be at most 3'],
    ['count: 1.5', 'names: [a]', 'f.yaml:1:8 count: must be a whole number'],
    ['count: a', 'names: [a]', 'f.yaml:1:8 count: must be a number'],
    ['count:', 'names: [a]', 'f.yaml:1:7 count: is empty'],
    ['count: 1', '', 'f.yaml:1:1 names: is required'],
    ['count: 1', 'names: []', 'f.yaml:2:8 names: must not be empty'],
    ['count: 1', "names: ['']", 'f.yaml:2:9 names[0]: must not be empty'],
    ['count: 1', 'names: [abcde]', 'f.yaml:2:9 names[0]: must not have more than 4 characters'],
    ['count: 1', 'names: [a, b, c]', 'f.yaml:2:8 names: must not have more than 2 entries'],
    ['count: 1', 'names: [1]', 'f.yaml:2:9 names[0]: must be text'],
    ['count: 1', 'names: a', 'f.yaml:2:8 names: must be a list (lines that begin with -)'],
    ['count: 1', 'names: [a]\nflag: yes', 'f.yaml:3:7 flag: must be true or false'],
    ['count: 1', 'names: [a]\nkind: ful', 'f.yaml:3:7 kind: must be "full" or "none"; did you mean "full"?'],
    ['count: 1', 'names: [a]\ninner: 1', 'f.yaml:3:8 inner: must be a group of keys'],
    ['count: 1', 'names: [a]\ninner: {}', 'f.yaml:3:1 inner.value: is required'],
    [
      'count: 1',
      'names: [a]\ninner: { value: 1, valeu: 2 }',
      'f.yaml:3:20 inner.valeu: is an unknown key; did you mean "value"?',
    ],
  ])('names what is wrong with %j %j', (first, second, line) => {
    expect(lines(`${first}\n${second}\n`)).toEqual([line]);
  });

  it('names every unknown key at its own place', () => {
    expect(lines('count: 1\nnames: [a]\nfoo: 1\nflg: 2\n')).toEqual([
      'f.yaml:3:1 foo: is an unknown key; a key may be "count", "names", "kind", "flag", "inner"',
      'f.yaml:4:1 flg: is an unknown key; did you mean "flag"?',
    ]);
  });

  it('words an unknown name of any kind', () => {
    expect(unknownWord('action', 'x', ['services.stop'])).toBe(
      'is an unknown action; an action may be "services.stop"',
    );
  });
});
