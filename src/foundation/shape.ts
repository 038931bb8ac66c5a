import * as z from 'zod';
import type { core } from 'zod';
import { nearest } from './nearest.ts';
import { pathText } from './yaml-positions.ts';
import type { PositionedYaml, YamlPath } from './yaml-positions.ts';

// Shapes are checked once or twice in a process: compiling a checker for each takes longer than that. A shape looks at
// this when it is made, so it stands here, where the modules with shapes have loaded it before they make any.
z.config({ jitless: true });

/** One thing wrong in a file that a person wrote. */
export interface Problem {
  readonly path: YamlPath;
  /** What the position is taken from. */
  readonly part: 'key' | 'value';
  /** What is wrong, worded to follow the path: `is required`. */
  readonly message: string;
}

/** An object that may have only the keys of `shape`; an unknown one is reported with the nearest known one. */
export function closed<Shape extends core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownWord('key', key, known)).join('\n')
        : undefined,
  });
}

/** `is an unknown key; did you mean "vault"?`, or the list of all known words when none is near. */
export function unknownWord(kind: string, word: string, known: readonly string[]): string {
  const article = /^[aeiou]/.test(kind) ? 'an' : 'a';
  const near = nearest(word, known);
  if (near !== undefined) return `is an unknown ${kind}; did you mean "${near}"?`;
  return `is an unknown ${kind}; ${article} ${kind} may be ${known.map((name) => `"${name}"`).join(', ')}`;
}

/** Checks a value against a schema. Gives the parsed value, or every problem with its path. */
export function checkShape<Output>(
  schema: z.ZodType<Output>,
  value: unknown,
): { readonly value: Output } | { readonly problems: readonly Problem[] } {
  const result = schema.safeParse(value, { error: (issue) => wording(issue) });
  if (result.success) return { value: result.data };
  return { problems: result.error.issues.flatMap(problemsOf) };
}

/** `file:line:column path: what is wrong`. */
export function problemLine(yaml: Pick<PositionedYaml, 'locate'>, problem: Problem): string {
  const path = pathText(problem.path);
  return `${yaml.locate(problem.path, problem.part)}${path === '' ? '' : ` ${path}`}: ${problem.message}`;
}

function problemsOf(issue: core.$ZodIssue): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => ({
      path: [...path, key],
      part: 'key' as const,
      message: messages[index] ?? 'is an unknown key',
    }));
  }
  const missing = issue.message === 'is required';
  return [{ path, part: missing ? 'key' : 'value', message: issue.message }];
}

function wording(issue: core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === null ? 'is empty' : `must be ${typeName(issue.expected)}`;
    case 'invalid_value': {
      const values = (issue.values as unknown[]).map((value) => JSON.stringify(value)).join(' or ');
      const near =
        typeof issue.input === 'string' ? nearest(issue.input, issue.values.map(String)) : undefined;
      return `must be ${values}${near === undefined ? '' : `; did you mean "${near}"?`}`;
    }
    case 'too_small':
      return issue.origin === 'number' ? `must be at least ${String(issue.minimum)}` : 'must not be empty';
    case 'too_big':
      return issue.origin === 'number'
        ? `must be at most ${String(issue.maximum)}`
        : `must not have more than ${String(issue.maximum)} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    default:
      return undefined;
  }
}

function typeName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    int: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    array: 'a list (lines that begin with -)',
    object: 'a group of keys',
    record: 'a group of keys',
  };
  return names[expected] ?? `a ${expected}`;
}
