import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Operation } from '../../src/contract/operation.ts';
import { allSteps, stepsOf, type Plan, type PlanStep } from '../../src/contract/plan.ts';
import { newestJournal, type Lab, type LabSite } from '../helpers/lab.ts';
import { databaseState, everythingOf, ordersOf } from '../helpers/expect-tool.ts';

type Performed = Map<string, string[]>;

/** Operations by step and node, from the journal, each as it was begun. */
function performedIn(journal: readonly Record<string, unknown>[]): Performed {
  const performed: Performed = new Map();
  for (const record of journal) {
    if (record['type'] !== 'operation' || record['phase'] !== 'begin') continue;
    const key = `${String(record['step'])} on ${String(record['node'])}`;
    performed.set(key, [...(performed.get(key) ?? []), text(record['operation'] as Operation)]);
  }
  return performed;
}

/** What an operation does; how often it may be done is another thing. */
function text({ repeat: _repeat, ...what }: Operation): string {
  return JSON.stringify(Object.fromEntries(Object.entries(what).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function skippedIn(journal: readonly Record<string, unknown>[]): Set<string> {
  return new Set(journal.filter(({ type }) => type === 'skipped').map(({ step }) => String(step)));
}

/** Values of the placeholders that only their step knew, by step and node. */
function boundIn(journal: readonly Record<string, unknown>[]): Map<string, [string, string][]> {
  const bound = new Map<string, [string, string][]>();
  for (const record of journal.filter(({ type }) => type === 'bound')) {
    const key = `${String(record['step'])} on ${String(record['node'])}`;
    const pair: [string, string] = [String(record['placeholder']), String(record['value'])];
    bound.set(key, [...(bound.get(key) ?? []), pair]);
  }
  return bound;
}

/** The plan with what is known now in the place of placeholders. */
function withValues(plan: Plan, journal: readonly Record<string, unknown>[], run: string): Plan {
  const opened = journal.find(({ type, step }) => type === 'result' && step === 'open-set');
  const set = (opened?.['outputs'] as { set?: string } | undefined)?.set ?? '<set>';
  const filled = JSON.parse(JSON.stringify(plan).replaceAll('<set>', set).replaceAll('<run>', run)) as Plan;
  const bound = boundIn(journal);
  for (const step of allSteps(filled))
    for (const execution of step.executions) {
      let operations = JSON.stringify(execution.operations);
      for (const [placeholder, value] of bound.get(`${step.id} on ${execution.node}`) ?? [])
        operations = operations.replaceAll(placeholder, value);
      Object.assign(execution, { operations: JSON.parse(operations) as Operation[] });
    }
  return filled;
}

function newestRun(site: Pick<LabSite, 'state'>): { id: string; plan: Plan } {
  const id = readdirSync(join(site.state, 'runs')).sort().at(-1) ?? '';
  return { id, plan: JSON.parse(readFileSync(join(site.state, 'runs', id, 'plan.json'), 'utf8')) as Plan };
}

function compare(
  steps: readonly PlanStep[],
  performed: Performed,
  skipped: Set<string>,
  { always, resumed }: { readonly always: boolean; readonly resumed: boolean },
): void {
  for (const step of steps) {
    for (const { node, operations } of step.executions) {
      const key = `${step.id} on ${node}`;
      const done = [...(performed.get(key) ?? [])];
      performed.delete(key);
      if (step.skipped !== undefined || skipped.has(step.id)) {
        expect(done, `${key} was skipped`).toEqual([]);
        continue;
      }
      const repeated = operations.filter(({ repeat }) => repeat === true).map(text);
      const once = operations.filter(({ repeat }) => repeat !== true).map(text);
      const others = done.filter((operation) => !repeated.includes(operation));
      const rest = resumed ? [...new Set(others)] : others;
      if (always) expect(once, `${key}, always`).toEqual(expect.arrayContaining(rest));
      else expect([...rest].sort(), key).toEqual([...once].sort());
      expect(new Set(rest).size, `${key} does nothing twice`).toBe(rest.length);
    }
  }
}

/** A database that lives changes its size between two looks; that is no difference in what is done. */
function withoutSizes(part: unknown): unknown {
  return JSON.parse(JSON.stringify(part, (key, value: unknown) => (key === 'bytes' ? undefined : value)));
}

/**
 * Compares the newest run, operation by operation, with the plan that was printed before it. `resumed`: it failed in between,
 * and what was done again counts once.
 */
export function expectAsPlanned(
  site: Pick<LabSite, 'state'>,
  printed: Plan,
  atLeast = 6,
  { resumed = false }: { readonly resumed?: boolean } = {},
): void {
  const journal = newestJournal(site);
  const { id, plan } = newestRun(site);
  for (const part of ['sections', 'always', 'onFailure', 'params'] as const)
    expect(withoutSizes(plan[part]), part).toEqual(withoutSizes(printed[part]));
  const performed = performedIn(journal);
  expect(performed.size).toBeGreaterThanOrEqual(atLeast);
  const filled = withValues(plan, journal, id);
  const skipped = skippedIn(journal);
  const steps = filled.sections.flatMap(({ items }) => stepsOf(items));
  compare(steps, performed, skipped, { always: false, resumed });
  compare(stepsOf(filled.always), performed, skipped, { always: true, resumed });
  expect([...performed.keys()], 'steps that no plan has').toEqual([]);
}

/** Runs what only looks, and must leave no trace: on disk, in the services, in the database. Gives what it printed. */
export async function expectOnlyLooks(
  lab: Lab,
  site: LabSite,
  looks: readonly (readonly string[])[],
): Promise<string[]> {
  const state = async (): Promise<unknown[]> => [
    everythingOf(site),
    ordersOf(site),
    await databaseState(lab),
  ];
  const before = await state();
  const printed: string[] = [];
  for (const look of looks) {
    const run = await site.run(look);
    expect(run.code, run.stderr).toBe(0);
    printed.push(run.stdout);
  }
  expect(await state(), looks.join('; ')).toEqual(before);
  return printed;
}
