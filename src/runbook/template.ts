import { messageOf, UsageError } from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import type { YamlPath } from '../foundation/yaml-positions.ts';
import { evaluate, typeWord } from './evaluate.ts';
import { parseExpression, Unknown } from './expression.ts';
import type { Expression, Lookup } from './expression.ts';

/** Text of a runbook taken apart: plain text and expressions. */
type Template = readonly (string | Expression)[];

/** A filled value, and which places of it are known only at run time (path and the step that settles it). */
export interface Filled {
  readonly value: JsonValue;
  readonly unknown: readonly { readonly path: YamlPath; readonly until: string }[];
}

/** Something wrong at one place of a value. */
export interface TemplateProblem {
  readonly path: YamlPath;
  readonly message: string;
}

/** Takes `a ${ expression } b` apart; `$${` is the text `${`. @throws UsageError on a bad expression. */
function parseTemplate(text: string): Template {
  const parts: (string | Expression)[] = [];
  let plain = '';
  let index = 0;
  while (index < text.length) {
    if (text.startsWith('$${', index)) {
      plain += '${';
      index += 3;
    } else if (text.startsWith('${', index)) {
      const end = endOfExpression(text, index + 2);
      if (plain !== '') parts.push(plain);
      plain = '';
      parts.push(parseExpression(text.slice(index + 2, end)));
      index = end + 1;
    } else {
      plain += text[index] ?? '';
      index += 1;
    }
  }
  if (plain !== '' || parts.length === 0) parts.push(plain);
  return parts;
}

/**
 * Fills every text of a value. An expression alone keeps its type; in an object, null leaves its key out.
 * Goes on after a mistake, so that all are told: see `problems`.
 */
export function fill(value: JsonValue, lookup: Lookup): Filled & { problems: readonly TemplateProblem[] } {
  const problems: TemplateProblem[] = [];
  const unknown: { path: YamlPath; until: string }[] = [];
  function walk(current: JsonValue, path: YamlPath): JsonValue {
    if (typeof current === 'string') return text(current, path);
    if (current === null || typeof current !== 'object') return current;
    if (Array.isArray(current)) return current.map((item, index) => walk(item, [...path, index]));
    const entries = Object.entries(current).flatMap(([key, item]): [string, JsonValue][] => {
      const filled = walk(item, [...path, key]);
      // A parameter that was not given is an option that is not written, so that the action's own default holds.
      return filled === null && item !== null ? [] : [[key, filled]];
    });
    return Object.fromEntries(entries);
  }
  function text(current: string, path: YamlPath): JsonValue {
    try {
      const filled = fillText(parseTemplate(current), lookup);
      if (!(filled instanceof Unknown)) return filled;
      unknown.push({ path, until: filled.until });
      return filled.value;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push({ path, message: messageOf(error) });
      return current;
    }
  }
  return { value: walk(value, []), unknown, problems };
}

/** Every expression in a value with its place. Bad ones are in `problems`. */
export function expressionsIn(value: JsonValue): {
  readonly expressions: readonly { readonly path: YamlPath; readonly expression: Expression }[];
  readonly problems: readonly TemplateProblem[];
} {
  const expressions: { path: YamlPath; expression: Expression }[] = [];
  const problems: TemplateProblem[] = [];
  function walk(current: JsonValue, path: YamlPath): void {
    if (typeof current === 'string') {
      try {
        for (const part of parseTemplate(current))
          if (typeof part !== 'string') expressions.push({ path, expression: part });
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        problems.push({ path, message: messageOf(error) });
      }
    } else if (Array.isArray(current)) current.forEach((item, index) => walk(item, [...path, index]));
    else if (current !== null && typeof current === 'object')
      for (const [key, item] of Object.entries(current)) walk(item, [...path, key]);
  }
  walk(value, []);
  return { expressions, problems };
}

function fillText(template: Template, lookup: Lookup): JsonValue | Unknown {
  const [only] = template;
  if (template.length === 1 && only !== undefined)
    return typeof only === 'string' ? only : evaluate(only, lookup);
  let until: string | undefined;
  const parts = template.map((part) => {
    if (typeof part === 'string') return part;
    const value = evaluate(part, lookup);
    if (value instanceof Unknown) until ??= value.until;
    return inText(value instanceof Unknown ? value.value : value);
  });
  return until === undefined ? parts.join('') : new Unknown(parts.join(''), until);
}

function inText(value: JsonValue): string {
  if (value === null || typeof value === 'object')
    throw new UsageError(`\${ } inside text needs text, a number, or true or false, not ${typeWord(value)}`);
  return String(value);
}

/** The index of the `}` that ends an expression; braces in quotes do not count. */
function endOfExpression(text: string, start: number): number {
  let quote = '';
  for (let index = start; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (quote !== '') {
      if (character === '\\') index += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '}') return index;
  }
  throw new UsageError('"${" has no closing "}" ("$${" writes the two characters themselves)');
}
