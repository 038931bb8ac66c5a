import jsep from 'jsep';
import { UsageError } from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import { nearest } from '../foundation/nearest.ts';

/** The names an expression may begin with. */
const ROOTS = ['params', 'site', 'steps', 'run'] as const;

/** One of {@link ROOTS}. */
type Root = (typeof ROOTS)[number];

/** A name in an expression: `steps.open-set.outputs.path`. */
export interface Reference {
  readonly root: Root;
  /** What follows the root; never empty. */
  readonly path: readonly string[];
}

/** Operators between two values. */
export type BinaryOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||' | 'in';

/** An expression made safe: nothing in it can call, assign or reach beyond the four names. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'reference'; readonly reference: Reference }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'not'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    };

/** A value that is known only at run time: what stands for it in a plan, and the step that settles it. */
export class Unknown {
  readonly value: JsonValue;
  readonly until: string;

  constructor(value: JsonValue, until: string) {
    this.value = value;
    this.until = until;
  }
}

/** Gives the value of a name. @throws UsageError when there is no such name. */
export type Lookup = (reference: Reference) => JsonValue | Unknown;

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  in: 4,
};
const MAX_LENGTH = 2000;
const MAX_NESTING = 50;

configure();

/**
 * Parses one expression: literals, lists, the four names with members, `== != < <= > >= in && || !` and parentheses.
 * A dash belongs to the name it stands in (`steps.open-set`), there is no arithmetic.
 * @throws UsageError saying what is wrong and at which character.
 */
export function parseExpression(text: string): Expression {
  if (text.trim() === '') throw new UsageError('the expression is empty');
  if (text.length > MAX_LENGTH)
    throw new UsageError(`the expression is longer than ${String(MAX_LENGTH)} characters`);
  if ((text.match(/[([!]/g) ?? []).length > MAX_NESTING)
    throw new UsageError(`the expression has more than ${String(MAX_NESTING)} brackets and negations`);
  if (text.includes('${'))
    throw new UsageError('an expression is written without ${ } here; ${ } is for text in "with"');
  return convert(parseSyntax(text));
}

/** Every name an expression uses, in the order written. */
export function referencesOf(expression: Expression): Reference[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'reference':
      return [expression.reference];
    case 'list':
      return expression.items.flatMap(referencesOf);
    case 'not':
      return referencesOf(expression.operand);
    case 'binary':
      return [...referencesOf(expression.left), ...referencesOf(expression.right)];
  }
}

/** The parser is one for the process and used only here. */
function configure(): void {
  jsep.removeAllBinaryOps();
  jsep.removeAllUnaryOps();
  jsep.addUnaryOp('!');
  for (const [operator, precedence] of Object.entries(PRECEDENCE)) jsep.addBinaryOp(operator, precedence);
  jsep.addIdentifierChar('-');
}

function parseSyntax(text: string): jsep.Expression {
  try {
    return jsep(text);
  } catch (error) {
    // The parser throws plain errors with `description` and `index`.
    const { description, index } = error as { description?: string; index?: number };
    const where = index === undefined ? '' : ` at character ${String(index + 1)}`;
    throw new UsageError(
      `the expression cannot be read${where}${description === undefined ? '' : `: ${description}`}`,
      { cause: error },
    );
  }
}

function convert(node: jsep.Expression): Expression {
  switch (node.type) {
    case 'Literal': {
      const value = (node as jsep.Literal).value;
      if (typeof value === 'object' && value !== null) throw new UsageError('a pattern is not allowed here');
      return { kind: 'literal', value };
    }
    case 'Identifier':
      return identifier((node as jsep.Identifier).name);
    case 'MemberExpression':
      return { kind: 'reference', reference: member(node as jsep.MemberExpression) };
    case 'ArrayExpression':
      return { kind: 'list', items: (node as jsep.ArrayExpression).elements.map(listItem) };
    case 'UnaryExpression':
      return { kind: 'not', operand: convert((node as jsep.UnaryExpression).argument) };
    case 'BinaryExpression': {
      const { operator, left, right } = node as jsep.BinaryExpression;
      return {
        kind: 'binary',
        operator: operator as BinaryOperator,
        left: convert(left),
        right: convert(right),
      };
    }
    default:
      throw new UsageError(REFUSED[node.type] ?? 'the expression is no single expression');
  }
}

const REFUSED: Readonly<Record<string, string>> = {
  CallExpression: 'an expression cannot call functions',
  ThisExpression: '"this" is not allowed in an expression',
  ConditionalExpression: '"? :" is not allowed in an expression',
};

/** A name alone is no value, except a negative whole number, which the parser takes for a name. */
function identifier(name: string): Expression {
  if (/^-\d+$/.test(name)) return { kind: 'literal', value: Number(name) };
  if (isRoot(name)) throw new UsageError(`"${name}" needs a name after it: ${name}.x`);
  throw unknownRoot(name);
}

function listItem(item: jsep.Expression | null): Expression {
  if (item === null) throw new UsageError('a list has an empty place');
  return convert(item);
}

function member(node: jsep.MemberExpression): Reference {
  const path: string[] = [];
  let current: jsep.Expression = node;
  while (current.type === 'MemberExpression') {
    const { object, property, computed, optional } = current as jsep.MemberExpression;
    if (optional === true) throw new UsageError('"?." is not allowed in an expression');
    path.unshift(computed ? literalName(property) : (property as jsep.Identifier).name);
    current = object;
  }
  if (current.type !== 'Identifier')
    throw new UsageError(
      REFUSED[current.type] ?? `only ${ROOTS.map((root) => `"${root}"`).join(', ')} have members`,
    );
  const root = (current as jsep.Identifier).name;
  if (!isRoot(root)) throw unknownRoot(root);
  return { root, path };
}

function literalName(property: jsep.Expression): string {
  const value = property.type === 'Literal' ? (property as jsep.Literal).value : undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return String(value);
  throw new UsageError('in [ ] only a text or a whole number is allowed');
}

function isRoot(name: string): name is Root {
  return (ROOTS as readonly string[]).includes(name);
}

function unknownRoot(name: string): UsageError {
  const near = nearest(name, ROOTS);
  return new UsageError(
    near === undefined
      ? `"${name}" is unknown; an expression may use params.x, site.x, steps.ID.outputs.x and run.x, and text stands in quotes`
      : `"${name}" is unknown; did you mean "${near}"?`,
  );
}
