import { DURATION_WORDS, parseDuration } from '../foundation/measures.ts';
import { expressionsIn } from './template.ts';
import { referencesOf } from './expression.ts';
import type { LoadedParam } from './loaded.ts';
import { unknownName } from './scope.ts';

/** What is wrong with parameters, one line each: values without enum, defaults of another type, cycles. */
export function checkParams(params: readonly LoadedParam[]): string[] {
  const problems: string[] = [];
  for (const param of params) {
    const add = (key: string, message: string): void => {
      problems.push(`${param.where([key])}: ${message}`);
    };
    if (param.type === 'enum' && param.values === undefined)
      problems.push(`${param.where(['values'], 'key')}: is required when the type is enum`);
    if (param.type !== 'enum' && param.values !== undefined) add('values', 'is only for the type enum');
    if (param.default === undefined) continue;
    if (param.required) add('default', 'a required parameter has no default');
    else if (param.type === 'secret') add('default', 'a secret has no default: it would stand in this file');
    else checkDefault(param, params, add);
  }
  for (const param of params) {
    const chain = cycleFrom(param, params, []);
    if (chain !== undefined)
      problems.push(`${param.where(['default'])}: refers to itself (cycle: ${chain.join(' -> ')})`);
  }
  return problems;
}

/** Undefined when the text or value fits the parameter; otherwise what it must be. */
export function misfit(param: LoadedParam, value: string | number | boolean): string | undefined {
  switch (param.type) {
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'must be a whole number';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'enum': {
      const values = param.values ?? [];
      return values.includes(String(value))
        ? undefined
        : `must be ${values.map((item) => `"${item}"`).join(' or ')}`;
    }
    case 'duration':
      return typeof value === 'string' && parseDuration(value) !== undefined ? undefined : DURATION_WORDS;
    case 'path':
      return typeof value === 'string' && value !== '' && !value.includes('\0')
        ? undefined
        : 'must be a path';
    case 'string':
    case 'secret':
      return typeof value === 'string' ? undefined : 'must be text';
  }
}

function checkDefault(
  param: LoadedParam,
  params: readonly LoadedParam[],
  add: (key: string, message: string) => void,
): void {
  const value = param.default;
  if (value === undefined) return;
  const { expressions, problems } = expressionsIn(value);
  for (const problem of problems) add('default', problem.message);
  for (const reference of expressions.flatMap(({ expression }) => referencesOf(expression))) {
    if (reference.root === 'steps' || reference.root === 'run')
      add('default', 'a default may use only params.x and site.x');
    if (reference.root !== 'params') continue;
    const target = params.find((candidate) => candidate.name === reference.path[0]);
    if (target === undefined)
      add(
        'default',
        unknownName(
          reference,
          0,
          params.map((candidate) => candidate.name),
        ).message,
      );
    else if (target.type === 'secret')
      add('default', `params.${target.name} is a secret and cannot be put into another parameter`);
  }
  const written = misfit(param, value);
  if (expressions.length === 0 && problems.length === 0 && written !== undefined) add('default', written);
}

function cycleFrom(
  param: LoadedParam,
  params: readonly LoadedParam[],
  before: readonly string[],
): string[] | undefined {
  if (before.includes(param.name)) return before[0] === param.name ? [...before, param.name] : undefined;
  const names =
    param.default === undefined
      ? []
      : expressionsIn(param.default)
          .expressions.flatMap(({ expression }) => referencesOf(expression))
          .flatMap((reference) => (reference.root === 'params' ? [reference.path[0]] : []));
  for (const name of names) {
    const target = params.find((candidate) => candidate.name === name);
    const chain = target === undefined ? undefined : cycleFrom(target, params, [...before, param.name]);
    if (chain !== undefined) return chain;
  }
  return undefined;
}
