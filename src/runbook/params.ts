import { messageOf, UsageError } from '../contract/errors.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import { nearest } from '../foundation/nearest.ts';
import { parseDuration } from '../foundation/measures.ts';
import { canBeHidden, TOO_SHORT_A_SECRET } from '../foundation/redaction.ts';
import type { LoadedParam, LoadedRunbook } from './loaded.ts';
import { misfit } from './param-rules.ts';
import { descend } from './scope.ts';
import type { Plan } from '../contract/plan.ts';
import { fill } from './template.ts';
import { Unknown } from './expression.ts';
import type { Lookup } from './expression.ts';

/** Parameters with their values. A parameter that was not given and has no default is null. */
export interface ResolvedParams {
  /** For the plan: secrets are `***`. */
  readonly shown: JsonObject;
  /** Values of the secret parameters only. */
  readonly secrets: JsonObject;
}

/**
 * Reads parameters given as text (`--set name=text`) and fills in the defaults.
 * @throws UsageError with a line for each unknown, missing or unreadable one.
 */
export function resolveParams(
  runbook: Pick<LoadedRunbook, 'name' | 'params'>,
  given: Readonly<Record<string, string>>,
  site: JsonObject,
): ResolvedParams {
  const problems: string[] = [];
  const names = runbook.params.map((param) => param.name);
  for (const name of Object.keys(given))
    if (!names.includes(name)) problems.push(unknownParam(name, names, runbook.name));
  const shown: JsonObject = {};
  const secrets: JsonObject = {};
  // What builds on a parameter with a mistake is not another mistake.
  const wrong = new Set<string>();
  const valueOf = (param: LoadedParam): JsonValue => {
    if (Object.hasOwn(shown, param.name)) return shown[param.name] ?? null;
    const text = Object.hasOwn(given, param.name) ? given[param.name] : undefined;
    const value = text === undefined ? fromDefault(param, lookup, problems) : fromText(param, text, problems);
    if (value === undefined) wrong.add(param.name);
    const secret = param.type === 'secret' && value !== undefined && value !== null;
    if (secret) secrets[param.name] = value;
    const seen = secret ? '***' : (value ?? null);
    shown[param.name] = seen;
    return seen;
  };
  const lookup: Lookup = (reference) => {
    if (reference.root === 'site') return descend(site, reference, 0);
    const param = runbook.params.find((candidate) => candidate.name === reference.path[0]);
    if (param === undefined) throw new UsageError(`params.${reference.path.join('.')} is unknown`);
    const value = valueOf(param);
    return wrong.has(param.name) ? new Unknown('', param.name) : value;
  };
  for (const param of runbook.params) valueOf(param);
  if (problems.length > 0)
    throw new UsageError(problems.join('\n'), {
      hint: `\`sense-runbook runbooks show ${runbook.name}\` lists the parameters.`,
    });
  return { shown, secrets };
}

/** The parameters of a saved plan as `--set` would give them; secrets are in no plan and have to be given again. */
export function paramTexts(
  plan: Pick<Plan, 'params'>,
  params: readonly LoadedParam[],
): Record<string, string> {
  return Object.fromEntries(
    params.flatMap((param): [string, string][] => {
      const value = Object.hasOwn(plan.params, param.name) ? plan.params[param.name] : undefined;
      if (value === undefined || value === null || typeof value === 'object' || param.type === 'secret')
        return [];
      return [[param.name, param.type === 'duration' ? `${String(value)}ms` : String(value)]];
    }),
  );
}

function unknownParam(name: string, names: readonly string[], runbook: string): string {
  if (names.length === 0) return `--set ${name}: the runbook ${runbook} has no parameters`;
  const near = nearest(name, names);
  return `--set ${name}: the runbook ${runbook} has no parameter "${name}"; ${
    near === undefined ? `it has ${names.map((item) => `"${item}"`).join(', ')}` : `did you mean "${near}"?`
  }`;
}

/** Undefined when there is a mistake; it is in `problems`, or in those of the parameter this one builds on. */
function fromDefault(param: LoadedParam, lookup: Lookup, problems: string[]): JsonValue | undefined {
  if (param.default === undefined) {
    if (!param.required) return null;
    problems.push(`the parameter "${param.name}" is missing: --set ${param.name}=VALUE`);
    return undefined;
  }
  const filled = fill(param.default, lookup);
  for (const problem of filled.problems) problems.push(`${param.where(['default'])}: ${problem.message}`);
  if (filled.problems.length > 0 || filled.unknown.length > 0) return undefined;
  const { value } = filled;
  if (value === null) return null;
  // The site's time limits are milliseconds already.
  if (param.type === 'duration' && typeof value === 'number') return value;
  const wrong = typeof value === 'object' ? 'must be a single value' : misfit(param, value);
  if (wrong === undefined && typeof value !== 'object') {
    if (param.type === 'duration') return milliseconds(String(value));
    return param.type === 'enum' ? String(value) : value;
  }
  problems.push(`${param.where(['default'])}: gives a value that does not fit: ${wrong ?? ''}`);
  return undefined;
}

/** Undefined when the text does not fit; that is in `problems`. */
function fromText(param: LoadedParam, text: string, problems: string[]): JsonValue | undefined {
  try {
    return typed(param, text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // A secret is never repeated in a message.
    problems.push(`--set ${param.name}${param.type === 'secret' ? '' : `=${text}`}: ${messageOf(error)}`);
    return undefined;
  }
}

function typed(param: LoadedParam, text: string): JsonValue {
  switch (param.type) {
    case 'integer':
      if (!/^-?\d{1,15}$/.test(text)) throw new UsageError('must be a whole number');
      return Number(text);
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw new UsageError('must be true or false');
      return text === 'true';
    case 'secret':
      if (text === '') throw new UsageError('must not be empty');
      if (!canBeHidden(text)) throw new UsageError(TOO_SHORT_A_SECRET);
      return text;
    default: {
      const wrong = misfit(param, text);
      const near = param.type === 'enum' ? nearest(text, param.values ?? []) : undefined;
      if (wrong !== undefined)
        throw new UsageError(`${wrong}${near === undefined ? '' : `; did you mean "${near}"?`}`);
      return param.type === 'duration' ? milliseconds(text) : text;
    }
  }
}

function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
