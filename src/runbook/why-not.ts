import type { JsonValue } from '../contract/json.ts';
import { evaluate } from './evaluate.ts';
import { parseExpression, Unknown } from './expression.ts';
import type { Expression, Lookup, Reference } from './expression.ts';
import { stepReference } from './scope.ts';

/**
 * Why a condition that is false is so, for somebody who does not read expressions: the values that decided it, such as
 * `logs is false` or `copy is empty, site.vault.kind is folder`.
 *
 * @throws UsageError what `lookup` throws
 */
export function whyNot(when: string, lookup: Lookup): string {
  const names = new Map<string, string>();
  for (const reference of deciding(parseExpression(when), false, lookup)) {
    const value = lookup(reference);
    if (!(value instanceof Unknown)) names.set(nameOf(reference), valueWords(value));
  }
  if (names.size === 0) return `${when} does not hold`;
  return [...names].map(([name, words]) => `${name} ${words}`).join(', ');
}

/** The names that make an expression true, or false. */
function deciding(expression: Expression, truth: boolean, lookup: Lookup): Reference[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'reference':
      return [expression.reference];
    case 'list':
      return expression.items.flatMap((item) => deciding(item, truth, lookup));
    case 'not':
      return deciding(expression.operand, !truth, lookup);
    case 'binary': {
      const { operator, left, right } = expression;
      // One side decides an "and" that is false, and an "or" that is true.
      if (operator === (truth ? '||' : '&&'))
        return deciding(evaluate(left, lookup) === truth ? left : right, truth, lookup);
      return [left, right].flatMap((side) => deciding(side, truth, lookup));
    }
  }
}

function nameOf(reference: Reference): string {
  const { root, path } = reference;
  if (root === 'params') return path.join('.');
  if (root !== 'steps') return [root, ...path].join('.');
  const { id, node, rest } = stepReference(reference);
  return `${path.slice(rest).join('.')} of step ${id}${node === undefined ? '' : ` on ${node}`}`;
}

function valueWords(value: JsonValue): string {
  if (value === null) return 'is not set';
  if (value === '' || (Array.isArray(value) && value.length === 0)) return 'is empty';
  return typeof value === 'object' ? 'is set' : `is ${String(value)}`;
}
