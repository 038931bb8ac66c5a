import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { Operation } from '../contract/operation.ts';
import type { Plan, PlannedExecution, PlanStep } from '../contract/plan.ts';
import { allSteps } from '../contract/plan.ts';
import { canonicalJson, canonicalOperation } from './placeholders.ts';

/**
 * What differs between a saved plan and one made now, in words; empty when the saved one still holds.
 * When a plan was made, by which version, and what it predicts does not count.
 */
export function comparePlans(saved: Plan, fresh: Plan): string[] {
  const differences: string[] = [];
  if (saved.runbook.name !== fresh.runbook.name)
    differences.push(`the plan is of the runbook ${saved.runbook.name}, not ${fresh.runbook.name}`);
  const keys = [...new Set([...Object.keys(saved.fingerprint), ...Object.keys(fresh.fingerprint)])].sort();
  for (const key of keys)
    differences.push(...factDifference(key, own(saved.fingerprint, key), own(fresh.fingerprint, key)));
  differences.push(...stepDifferences(saved, fresh));
  return [...new Set(differences)];
}

function own(facts: Readonly<Record<string, JsonValue>>, key: string): JsonValue | undefined {
  return Object.hasOwn(facts, key) ? facts[key] : undefined;
}

function factDifference(key: string, was: JsonValue | undefined, is: JsonValue | undefined): string[] {
  if (same(was, is)) return [];
  const [first = '', second = '', ...rest] = key.split('/');
  if (key === 'runbook') return ['the runbook file has changed'];
  if (key === 'site' || key === 'release') return [change(key, was, is)];
  if (first === 'params') return [change(`parameter ${second}`, was, is)];
  if (first === 'secrets') return [change(`secret reference ${second}`, was, is)];
  if (first === 'nodes') return inside([`node ${second}`], '', was, is);
  return inside([rest.join('/')], ` on ${second}`, was, is);
}

/** Goes down to the values that differ: `service QlikSenseEngineService on rim-1: was running, is stopped`. */
function inside(
  path: readonly string[],
  place: string,
  was: JsonValue | undefined,
  is: JsonValue | undefined,
): string[] {
  if (same(was, is)) return [];
  if (!isGroup(was) || !isGroup(is)) return [change(`${subject(path)}${place}`, was, is)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .sort()
    .flatMap((key) => inside([...path, key], place, own(was, key), own(is, key)));
}

/** `service X` from `services` and `X`; `database QSR owner` from `databases`, `QSR`, `owner`. */
function subject(path: readonly string[]): string {
  const [first = '', ...rest] = path;
  const singular = rest.length > 0 && first.endsWith('s') ? first.slice(0, -1) : first;
  return [singular, ...rest].join(' ');
}

function change(name: string, was: JsonValue | undefined, is: JsonValue | undefined): string {
  const before = was === undefined ? 'was not there' : `was ${valueText(was)}`;
  const now = is === undefined ? 'is no longer there' : `is ${valueText(is)}`;
  return `${name}: ${before}, ${now}`;
}

function valueText(value: JsonValue): string {
  if (value === null) return 'not set';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.map(valueText).join(', ');
  return JSON.stringify(value);
}

function isGroup(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return (a === undefined) === (b === undefined) && canonicalJson(a) === canonicalJson(b);
}

function stepDifferences(saved: Plan, fresh: Plan): string[] {
  const before = new Map(allSteps(saved).map((step) => [step.id, step]));
  const now = new Map(allSteps(fresh).map((step) => [step.id, step]));
  const differences: string[] = [];
  for (const [id, step] of before) {
    const other = now.get(id);
    if (other === undefined) differences.push(`step ${id}: is no longer there`);
    else differences.push(...stepDifference(step, other));
  }
  for (const id of now.keys()) if (!before.has(id)) differences.push(`step ${id}: was not there`);
  if (differences.length === 0 && structure(saved) !== structure(fresh))
    differences.push('the order of the steps has changed');
  return differences;
}

function stepDifference(was: PlanStep, is: PlanStep): string[] {
  const id = `step ${was.id}`;
  if (was.skipped !== undefined && is.skipped === undefined) return [`${id}: was skipped, and would run now`];
  if (was.skipped === undefined && is.skipped !== undefined)
    return [`${id}: would be skipped now (${is.skipped})`];
  const differences = written(was) === written(is) ? [] : [`${id}: is written differently now`];
  if (was.effect !== is.effect) differences.push(change(`${id}: effect class`, was.effect, is.effect));
  const nodes = [...new Set([...was.executions, ...is.executions].map(({ node }) => node))];
  for (const node of nodes) {
    const before = was.executions.find((execution) => execution.node === node);
    const now = is.executions.find((execution) => execution.node === node);
    if (before === undefined) differences.push(`${id}: would run on ${node} too`);
    else if (now === undefined) differences.push(`${id}: would no longer run on ${node}`);
    else differences.push(...executionDifference(`${id} on ${node}`, before, now));
  }
  return differences;
}

function executionDifference(name: string, was: PlannedExecution, is: PlannedExecution): string[] {
  const before = was.operations.map(canonicalOperation);
  const now = is.operations.map(canonicalOperation);
  const differences = [
    ...was.operations
      .filter((_, index) => !now.includes(before[index] ?? ''))
      .map((gone) => `${name}: would no longer do ${inWords(gone)}`),
    ...is.operations
      .filter((_, index) => !before.includes(now[index] ?? ''))
      .map((added) => `${name}: would now do ${inWords(added)}`),
  ];
  if (differences.length === 0 && before.join('\n') !== now.join('\n'))
    differences.push(`${name}: would do the same in another order`);
  return [...inside([`${name}: input`], '', was.input, is.input), ...differences];
}

/** What a step says besides what was found out for it. */
function written(step: PlanStep): string {
  const found: readonly string[] = ['executions', 'predictedMs', 'predictedFrom', 'label', 'effect', 'undo'];
  const rest = Object.fromEntries(Object.entries(step).filter(([key]) => !found.includes(key)));
  return canonicalJson(rest);
}

function structure(plan: Plan): string {
  const items = (list: Plan['always']): string =>
    list
      .map((item) => ('parallel' in item ? item.parallel.map(({ id }) => id).join('+') : item.id))
      .join(' ');
  return JSON.stringify([
    plan.sections.map(({ id, preflight, restart, nodeByNode, items: list }) => [
      ...[id, preflight, restart, nodeByNode],
      items(list),
    ]),
    items(plan.onFailure),
    items(plan.always),
  ]);
}

/** One operation, short. */
function inWords(operation: Operation): string {
  switch (operation.kind) {
    case 'command':
      return `the command ${operation.argv.join(' ')}`;
    case 'sql':
      return `the statement "${operation.text}" in ${operation.database}`;
    case 'http':
      return `${operation.method} ${operation.url}`;
    case 'file':
      return `"${operation.verb}" with ${operation.source === undefined ? '' : `${operation.source} to `}${operation.path}`;
    case 'service':
      return `"${operation.verb}" with the service ${operation.service}`;
    case 'start-type':
      return `start type "${operation.startType}" for the service ${operation.service}`;
    case 'certificate':
      return `"${operation.verb}" with ${operation.subject ?? operation.thumbprint ?? 'certificates'} in ${operation.store}`;
    case 'human':
      return `what a person does: ${operation.text}`;
  }
}
