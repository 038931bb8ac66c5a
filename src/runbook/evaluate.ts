import { UsageError } from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import { Unknown } from './expression.ts';
import type { BinaryOperator, Expression, Lookup } from './expression.ts';

/**
 * The value of an expression. Types are strict: nothing is converted, and only null may be compared with anything.
 * A value that depends on something unknown is unknown, unless the rest decides (`false && unknown` is false).
 * @throws UsageError naming both types, or what `lookup` throws.
 */
export function evaluate(expression: Expression, lookup: Lookup): JsonValue | Unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'reference':
      return lookup(expression.reference);
    case 'list': {
      const items = expression.items.map((item) => evaluate(item, lookup));
      const unknown = items.find((item) => item instanceof Unknown);
      const values = items.map((item) => (item instanceof Unknown ? item.value : item));
      return unknown === undefined ? values : new Unknown(values, unknown.until);
    }
    case 'not': {
      const value = condition(evaluate(expression.operand, lookup), '!');
      return value instanceof Unknown ? value : !value;
    }
    case 'binary':
      return binary(expression.operator, expression.left, expression.right, lookup);
  }
}

/** What kind of value it is, in the words of a runbook's author. */
export function typeWord(value: JsonValue): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return 'a group of keys';
  }
}

function binary(
  operator: BinaryOperator,
  left: Expression,
  right: Expression,
  lookup: Lookup,
): JsonValue | Unknown {
  if (operator === '&&' || operator === '||') {
    const decides = operator === '||';
    const first = condition(evaluate(left, lookup), operator);
    if (first === decides) return decides;
    const second = condition(evaluate(right, lookup), operator);
    if (second === decides) return decides;
    return first instanceof Unknown ? first : second;
  }
  const a = evaluate(left, lookup);
  const b = evaluate(right, lookup);
  if (a instanceof Unknown) return a;
  if (b instanceof Unknown) return b;
  if (operator === 'in') return contains(a, b);
  return operator === '==' || operator === '!='
    ? equal(a, b, operator) === (operator === '==')
    : ordered(a, b, operator);
}

function condition(value: JsonValue | Unknown, operator: string): boolean | Unknown {
  if (value instanceof Unknown || typeof value === 'boolean') return value;
  throw new UsageError(`"${operator}" needs true or false, not ${typeWord(value)}`);
}

function equal(a: JsonValue, b: JsonValue, operator: string): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a !== typeof b || Array.isArray(a) !== Array.isArray(b))
    throw new UsageError(`"${operator}" compares values of one type, not ${typeWord(a)} with ${typeWord(b)}`);
  if (typeof a === 'object')
    throw new UsageError(`"${operator}" cannot compare ${typeWord(a)} with ${typeWord(b)}`);
  return a === b;
}

function ordered(a: JsonValue, b: JsonValue, operator: '<' | '<=' | '>' | '>='): boolean {
  const comparable =
    (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string');
  if (!comparable)
    throw new UsageError(
      `"${operator}" compares two numbers or two texts, not ${typeWord(a)} with ${typeWord(b)}`,
    );
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

function contains(value: JsonValue, list: JsonValue): boolean {
  if (!Array.isArray(list)) throw new UsageError(`"in" needs a list on its right, not ${typeWord(list)}`);
  return list.some((item) => equal(value, item, 'in'));
}
