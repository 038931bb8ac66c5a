import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StepError } from '../../../src/contract/errors.ts';
import type { Operation } from '../../../src/contract/operation.ts';
import {
  bind,
  bindExecution,
  canonicalJson,
  canonicalOperation,
  hasPlaceholder,
  substitute,
} from '../../../src/runbook/placeholders.ts';

describe('placeholders', () => {
  it('are replaced wherever they stand, when they have a value', () => {
    const planned: Operation = {
      kind: 'command',
      argv: ['pg_dump', '-f', '/vault/<set>/QSR.tar', '--x=<run>-<run>', '<unbound>'],
      effect: 'change',
    };
    expect(
      substitute(
        planned,
        new Map([
          ['<set>', 's1'],
          ['<run>', 'r1'],
        ]),
      ),
    ).toEqual({
      ...planned,
      argv: ['pg_dump', '-f', '/vault/s1/QSR.tar', '--x=r1-r1', '<unbound>'],
    });
  });

  it('are not looked for in what replaced them, and patterns in a value mean nothing', () => {
    const planned: Operation = { kind: 'file', verb: 'write', path: '<set>', effect: 'change' };
    const bindings = new Map([
      ['<set>', "<run>$&$'"],
      ['<run>', 'r1'],
    ]);
    expect(substitute(planned, bindings).path).toBe("<run>$&$'");
  });

  it.each<[string, boolean]>([
    ['<set>', true],
    ['a/<steps.open-set.path>/b', true],
    ['<steps.x.nodes.rim-1.y>', true],
    ['a < b > c', false],
    ['<Upper>', false],
    ['<>', false],
    ['<1>', false],
  ])('%s', (text, wanted) => {
    expect(hasPlaceholder([{ a: text }])).toBe(wanted);
  });

  it('get their values from what a step gave', () => {
    expect(
      bind(
        { id: '<set>', path: '/vault/<set>', nested: { list: ['<a>.txt'] }, fixed: 1, gone: '<gone>' },
        { id: 's1', path: '/vault/s1', nested: { list: ['n.txt'] }, fixed: 2, more: 'x' },
      ),
    ).toEqual(
      new Map([
        ['<set>', 's1'],
        ['<a>', 'n'],
      ]),
    );
  });

  it.each([
    [{ path: '/vault/<set>' }, { path: '/other/s1' }],
    [
      { a: '<set>', b: '<set>' },
      { a: 's1', b: 's2' },
    ],
    [{ a: '<set>' }, { a: ['s1'] }],
  ])('refuse outputs that are not as predicted: %j %j', (predicted, actual) => {
    expect(() => bind(predicted, actual)).toThrow(StepError);
  });

  it('take special characters around them as they are', () => {
    expect(bind({ p: 'C:\\v (x)\\<set>.tar' }, { p: 'C:\\v (x)\\s1.tar' }).get('<set>')).toBe('s1');
    expect(() => bind({ p: 'a.<set>' }, { p: 'abs1' })).toThrow(StepError);
  });

  it('of a finished execution include all its outputs under the step and the node', () => {
    expect(
      bindExecution(
        'open-set',
        { node: 'central', outputs: { id: '<set>' } },
        { id: 's1', size: { bytes: 3 }, none: null },
      ),
    ).toEqual(
      new Map([
        ['<set>', 's1'],
        ['<steps.open-set.id>', 's1'],
        ['<steps.open-set.nodes.central.id>', 's1'],
        ['<steps.open-set.size.bytes>', '3'],
        ['<steps.open-set.nodes.central.size.bytes>', '3'],
      ]),
    );
  });
});

describe('the canonical text of an operation', () => {
  it('is the same whatever the order of keys, and leaves out what has no value', () => {
    const one = { kind: 'file', verb: 'copy', path: '/b', source: '/a', effect: 'change' } as const;
    const other = {
      source: '/a',
      effect: 'change',
      path: '/b',
      verb: 'copy',
      kind: 'file',
      repeat: undefined,
    };
    expect(canonicalOperation(one)).toBe(canonicalOperation(other as unknown as Operation));
  });

  it('differs when anything differs', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        // A round trip makes -0 into 0, as a saved plan does.
        const [x, y] = [a, b].map((item) => JSON.parse(JSON.stringify(item)) as never);
        expect(canonicalJson(x) === canonicalJson(y)).toBe(sameJson(x, y));
      }),
    );
  });
});

function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(x);
  return (
    keys.length === Object.keys(y).length &&
    keys.every((key) => Object.hasOwn(y, key) && sameJson(x[key], y[key]))
  );
}
