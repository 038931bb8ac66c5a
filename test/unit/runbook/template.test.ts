import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/contract/json.ts';
import { Unknown } from '../../../src/runbook/expression.ts';
import type { Lookup } from '../../../src/runbook/expression.ts';
import { resolveInput } from '../../../src/runbook/runtime.ts';
import { expressionsIn, fill } from '../../../src/runbook/template.ts';
import { usageError } from './support.ts';

const values: Record<string, JsonValue> = { text: 'a', number: 3, flag: false, list: ['x'], none: null };
const lookup: Lookup = ({ root, path }) =>
  root === 'steps' ? new Unknown('<set>', 'open-set') : (values[path[0] ?? ''] ?? null);

describe('values with expressions', () => {
  it.each<[JsonValue, JsonValue]>([
    ['plain', 'plain'],
    ['', ''],
    ['${ params.text }', 'a'],
    ['${params.number}', 3],
    ['${ params.flag }', false],
    ['${ params.list }', ['x']],
    ['${ params.none }', null],
    ['${ params.number == 3 }', true],
    [' ${ params.number }', ' 3'],
    ['${ params.text }/${ params.number }/${ params.flag }', 'a/3/false'],
    ['$${ params.text }', '${ params.text }'],
    ['costs $5 and $$', 'costs $5 and $$'],
    ['$$${ params.text }', '$${ params.text }'],
    ['${ "}" }', '}'],
    ["${ 'it\\'s }' }", "it's }"],
    [{ a: ['${ params.text }', { b: '${ params.number }' }] }, { a: ['a', { b: 3 }] }],
    [
      { keep: null, drop: '${ params.none }', list: ['${ params.none }'] },
      { keep: null, list: [null] },
    ],
    [7, 7],
    ['C:\\Users\\{x}', 'C:\\Users\\{x}'],
  ])('%j', (written, wanted) => {
    expect(fill(written, lookup)).toEqual({ value: wanted, unknown: [], problems: [] });
  });

  it('says which places are known only later', () => {
    expect(
      fill({ a: ['x', '${ steps.o.outputs.set }'], b: 'in ${ steps.o.outputs.set }/x' }, lookup),
    ).toEqual({
      value: { a: ['x', '<set>'], b: 'in <set>/x' },
      unknown: [
        { path: ['a', 1], until: 'open-set' },
        { path: ['b'], until: 'open-set' },
      ],
      problems: [],
    });
  });

  it('tells every mistake with its place', () => {
    const { problems } = fill(
      { a: 'x${ params.list }', b: ['${ 1 + }'], c: '${ open', d: 'n${ params.none }' },
      lookup,
    );
    expect(problems).toEqual([
      { path: ['a'], message: '${ } inside text needs text, a number, or true or false, not a list' },
      { path: ['b', 0], message: 'the expression cannot be read at character 4: Unexpected "+"' },
      { path: ['c'], message: '"${" has no closing "}" ("$${" writes the two characters themselves)' },
      {
        path: ['d'],
        message: '${ } inside text needs text, a number, or true or false, not nothing (null)',
      },
    ]);
  });

  it('does not look for expressions in what it put in', () => {
    const dangerous: Lookup = () => '${ site.secret }';
    expect(fill('${ params.text }', dangerous).value).toBe('${ site.secret }');
  });

  it('finds every expression', () => {
    const found = expressionsIn({
      a: '${ params.x }${ params.y }',
      b: [{ c: '${ run.id }' }],
      d: '$${ no }',
    });
    expect(found.expressions.map(({ path }) => path)).toEqual([['a'], ['a'], ['b', 0, 'c']]);
  });
});

describe('the input of a step that runs', () => {
  const scope = { params: { p: 's3cret' }, site: {}, steps: {}, run: { id: 'r1' } };

  it('has the real values', () => {
    const step = { id: 'x', with: { a: '${ params.p }', b: '${ run.id }-${ run.id }' } };
    expect(resolveInput(step, { node: 'central' }, scope)).toEqual({ a: 's3cret', b: 'r1-r1' });
  });

  it('names step, node and place of what cannot be filled', () => {
    const step = { id: 'x', with: { a: '${ params.q }', b: { c: '${ site.z }' } } };
    expect(usageError(() => resolveInput(step, { node: 'central' }, scope))).toBe(
      'step x on central, with.a: params.q is unknown; did you mean "p"?\n' +
        'step x on central, with.b.c: site.z is unknown',
    );
  });
});
