import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import { evaluate } from '../../../src/runbook/evaluate.ts';
import { parseExpression, referencesOf, Unknown } from '../../../src/runbook/expression.ts';
import type { Lookup } from '../../../src/runbook/expression.ts';
import { whyLeftOut } from '../../../src/runbook/runtime.ts';
import { runningLookup } from '../../../src/runbook/scope.ts';
import type { Scope } from '../../../src/runbook/scope.ts';
import { usageError } from './support.ts';

const scope: Scope = {
  params: { quiesce: 'full', days: 7, fast: true, nothing: null, list: ['a', 'b'] },
  site: { name: 'prod', nodes: [{ name: 'central' }, { name: 'rim-1' }], 'dashed-key': 'd' },
  steps: {
    'open-set': {
      outputs: { path: '/vault/1', files: 3 },
      nodes: { central: { path: '/vault/1', files: 3 } },
    },
    stop: { outputs: {}, nodes: { 'rim-1': { stopped: 2 } } },
  },
  run: { id: 'r1', downtimeMs: 1200 },
};

function value(text: string): JsonValue | Unknown {
  return evaluate(parseExpression(text), runningLookup(scope));
}

describe('expressions', () => {
  it.each<[string, JsonValue]>([
    ['params.quiesce', 'full'],
    ['params.quiesce != "none"', true],
    ["params.quiesce == 'full' && params.fast", true],
    ['!params.fast || params.days > 6', true],
    ['params.days >= 7 && params.days <= 7 && params.days < 8', true],
    ['(params.fast || false) && !(params.days == 8)', true],
    ['params.nothing == null', true],
    ['params.quiesce == null', false],
    ['null != params.days', true],
    ['"a" < "b"', true],
    ['"Z" < "a"', true],
    ['-3 < 2', true],
    ['params.quiesce in ["full", "snapshot"]', true],
    ['"c" in params.list', false],
    ['site["dashed-key"]', 'd'],
    ['site.dashed-key', 'd'],
    ['site.nodes[1].name', 'rim-1'],
    ['steps.open-set.outputs.path', '/vault/1'],
    ['steps["open-set"].outputs.files == 3', true],
    ['steps.open-set.nodes.central.path', '/vault/1'],
    ['steps.stop.nodes.rim-1.stopped', 2],
    ['steps.stop.nodes.rim-2.stopped', null],
    ['steps.not-run.outputs.path', null],
    ['run.id', 'r1'],
    ['run.quietMs', null],
    ['false && params.days', false],
    ['params.nothing != null && params.nothing > 3', false],
    ['true || params.days', true],
  ])('%s', (text, wanted) => {
    expect(value(text)).toEqual(wanted);
  });

  it.each<[string, string]>([
    ['', 'the expression is empty'],
    ['params', '"params" needs a name after it: params.x'],
    ['parms.x', '"parms" is unknown; did you mean "params"?'],
    [
      'process.env',
      '"process" is unknown; an expression may use params.x, site.x, steps.ID.outputs.x and run.x, and text stands in quotes',
    ],
    ['params.quiece', 'params.quiece is unknown; did you mean "quiesce"?'],
    ['site.nodes[7].name', 'site.nodes.7 is unknown'],
    ['run.idd', 'run.idd is unknown; did you mean "id"?'],
    ['steps.open-set.outputs.pth', 'steps.open-set.outputs.pth is unknown; did you mean "path"?'],
    ['params.days == "7"', '"==" compares values of one type, not a number with text'],
    ['params.fast == "true"', '"==" compares values of one type, not true or false with text'],
    ['params.list == ["a"]', '"==" cannot compare a list with a list'],
    ['params.list != "a"', '"!=" compares values of one type, not a list with text'],
    ['params.days > "6"', '">" compares two numbers or two texts, not a number with text'],
    ['params.nothing > 6', '">" compares two numbers or two texts, not nothing (null) with a number'],
    ['params.days && true', '"&&" needs true or false, not a number'],
    ['true && params.days', '"&&" needs true or false, not a number'],
    ['!params.quiesce', '"!" needs true or false, not text'],
    ['1 in params.list', '"in" compares values of one type, not a number with text'],
    ['"a" in "abc"', '"in" needs a list on its right, not text'],
    ['params.x()', 'an expression cannot call functions'],
    ['site.nodes.map(1)', 'an expression cannot call functions'],
    ['this.x', '"this" is not allowed in an expression'],
    ['this', '"this" is not allowed in an expression'],
    ['params.fast ? 1 : 2', '"? :" is not allowed in an expression'],
    ['params?.fast', '"?." is not allowed in an expression'],
    ['params[params.quiesce]', 'in [ ] only a text or a whole number is allowed'],
    ['"text".length', 'only "params", "site", "steps", "run" have members'],
    ['params.days params.fast', 'the expression is no single expression'],
    ['params.days = 3', 'the expression cannot be read at character 13: Unexpected "="'],
    ['params.days + 3', 'the expression cannot be read at character 13: Unexpected "+"'],
    ['${ params.days }', 'an expression is written without ${ } here; ${ } is for text in "with"'],
    ['"open', 'the expression cannot be read at character 6: Unclosed quote after "open"'],
    ['[1, , 2]', 'a list has an empty place'],
  ])('refuses %s', (text, message) => {
    expect(usageError(() => value(text))).toBe(message);
  });

  it('refuses what is too long or nested too deep to be meant', () => {
    expect(usageError(() => value(`${'!'.repeat(60)}true`))).toBe(
      'the expression has more than 50 brackets and negations',
    );
    expect(usageError(() => value('('.repeat(5000)))).toBe('the expression is longer than 2000 characters');
  });

  it.each([
    'params.__proto__',
    'params["__proto__"]',
    'params.constructor',
    'params.constructor.constructor',
    'params.quiesce.constructor',
    'params.quiesce.length',
    'params.list.length',
    'params.list.push',
    'site.toString',
    'site.__proto__.polluted',
    'run.hasOwnProperty',
    'steps.open-set.outputs.constructor',
    'steps.open-set.nodes.central.__proto__',
  ])('sees nothing of a prototype: %s', (text) => {
    expect(usageError(() => value(text))).toMatch(/ is unknown/);
  });

  it.each([
    'steps.constructor.outputs.x',
    'steps.__proto__.outputs.x',
    'steps.open-set.nodes.constructor.name',
  ])('takes a name of a prototype for a step or node that did not run: %s', (text) => {
    expect(value(text)).toBeNull();
  });

  it('lists every name it uses', () => {
    const expression = parseExpression('params.a == 1 && !(steps.b-c.outputs.d in [run.id, site.e])');
    expect(referencesOf(expression).map(({ root, path }) => [root, ...path].join('.'))).toEqual([
      'params.a',
      'steps.b-c.outputs.d',
      'run.id',
      'site.e',
    ]);
  });

  it('leaves out what a condition is false for, and says why', () => {
    expect(whyLeftOut('params.days == 7', scope)).toBeUndefined();
    expect(whyLeftOut('params.days == 8', scope)).toBe('days is 7');
    expect(usageError(() => whyLeftOut('params.days', scope))).toBe(
      'the condition params.days must be true or false, and is a number',
    );
  });
});

describe('expressions with something unknown', () => {
  const lookup: Lookup = ({ root }) => (root === 'steps' ? new Unknown('<x>', 'open-set') : true);

  it.each<[string, JsonValue]>([
    ['steps.a.outputs.x', 'unknown'],
    ['steps.a.outputs.x == 3', 'unknown'],
    ['!steps.a.outputs.x', 'unknown'],
    ['steps.a.outputs.x && params.b', 'unknown'],
    ['params.b && steps.a.outputs.x', 'unknown'],
    ['steps.a.outputs.x && false', false],
    ['false && steps.a.outputs.x', false],
    ['steps.a.outputs.x || true', true],
    ['steps.a.outputs.x || false', 'unknown'],
    ['1 in [1, steps.a.outputs.x]', 'unknown'],
  ])('%s', (text, wanted) => {
    const result = evaluate(parseExpression(text), lookup);
    if (wanted === 'unknown') expect(result).toMatchObject({ until: 'open-set' });
    else expect(result).toBe(wanted);
  });
});

describe('any text as an expression', () => {
  const piece = fc.constantFrom(
    'params', 'site', 'steps', 'run', '.', '.quiesce', '.days', '.open-set', '.outputs', '.path', '["', '"]', '[0]',
    '(', ')', '[', ']', '!', '&&', '||', '==', '!=', '<', '<=', '>', '>=', ' in ', '-', '+', '?', ':', '?.', ',', ';',
    '"a"', "'", '"', '\\', '7', '1e9', '.5', 'true', 'null', 'this', '__proto__', 'constructor', '`', '${', '}', ' ', '\n', 'é',
  ); // prettier-ignore

  it('gives a value or a UsageError, never anything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 25 }).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            JSON.stringify(value(text));
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('takes deep nesting within its limits without running out of stack', () => {
    expect(value(`${'('.repeat(50)}true${')'.repeat(50)}`)).toBe(true);
    expect(value(Array(330).fill('true').join('&&'))).toBe(true);
  });
});
