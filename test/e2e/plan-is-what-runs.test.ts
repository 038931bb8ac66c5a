import { existsSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/contract/operation.ts';
import { allSteps, stepsOf, type Plan, type PlanStep } from '../../src/contract/plan.ts';
import { newestJournal, openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { writeOldSet } from '../helpers/old-sets.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import { NO_RESTIC } from '../helpers/restic.ts';
import { completeSets, databaseState, everythingOf, expectRefused, ordersOf } from './support.ts';

const SHIPPED = readdirSync(fileURLToPath(new URL('../../runbooks', import.meta.url)))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => basename(name, '.yaml'));

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(async () => {
  await lab.close();
});

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

function newestRun(site: LabSite): { id: string; plan: Plan } {
  const id = readdirSync(join(site.state, 'runs')).sort().at(-1) ?? '';
  return { id, plan: JSON.parse(readFileSync(join(site.state, 'runs', id, 'plan.json'), 'utf8')) as Plan };
}

function compare(
  steps: readonly PlanStep[],
  performed: Performed,
  skipped: Set<string>,
  always: boolean,
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
      const rest = done.filter((operation) => !repeated.includes(operation));
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

/** Compares the newest run, operation by operation, with the plan that was printed before it. */
function expectAsPlanned(site: LabSite, printed: Plan, atLeast = 6): void {
  const journal = newestJournal(site);
  const { id, plan } = newestRun(site);
  for (const part of ['sections', 'always', 'onFailure', 'params'] as const)
    expect(withoutSizes(plan[part]), part).toEqual(withoutSizes(printed[part]));
  const performed = performedIn(journal);
  expect(performed.size).toBeGreaterThanOrEqual(atLeast);
  const filled = withValues(plan, journal, id);
  const skipped = skippedIn(journal);
  const steps = filled.sections.flatMap(({ items }) => stepsOf(items));
  compare(steps, performed, skipped, false);
  compare(stepsOf(filled.always), performed, skipped, true);
  expect([...performed.keys()], 'steps that no plan has').toEqual([]);
}

/** Runs what only looks, and must leave no trace: on disk, in the services, in the database. Gives what it printed. */
async function expectOnlyLooks(site: LabSite, looks: readonly (readonly string[])[]): Promise<string[]> {
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

describe('what runs is what was planned', () => {
  it('backup; and dry runs before and after it change nothing', async () => {
    const site = lab.site();
    const [printed = ''] = await expectOnlyLooks(site, [
      ['--json', 'plan', 'backup'],
      ['backup', '--dry-run', '--yes'],
    ]);
    const run = await site.run(['backup', '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
    await expectOnlyLooks(site, [
      ['run', 'backup', '--dry-run', '--set', 'quiesce=none'],
      ['plan', 'doctor', '--format', 'html'],
    ]);
  });

  it('backup with other parameters from a saved plan, which is refused while something it rests on differs', async () => {
    const site = lab.site();
    const file = join(site.folder, 'plan of backup.json');
    const flags = ['--set', 'quiesce=snapshot', '--set', 'format=custom', '--set', 'checksums=true'];
    const saved = await site.run(['plan', 'backup', ...flags, '--out', file]);
    expect(saved.code, saved.stderr).toBe(0);
    expect(saved.stderr).toContain(`sense-runbook run ${file}`);
    const refusal = { code: 3, hint: /plan backup --out/ };

    const proxy = (state: string): void => {
      site.services('rim', ({ services }) => {
        Object.assign(services['QlikSenseProxyService'] ?? {}, { state });
      });
    };
    proxy('stopped');
    await expectRefused(site, ['run', file, '--yes'], {
      ...refusal,
      says: [/no longer holds/, /service QlikSenseProxyService on rim: was running, is stopped/],
      json: true,
    });
    proxy('running');

    const good = readFileSync(site.siteFile, 'utf8');
    site.edit((content) => {
      (content['qlik'] as Record<string, unknown>)['release'] = 'May 2024';
    });
    await expectRefused(site, ['run', file, '--yes'], {
      ...refusal,
      says: [/no longer holds/, /release: was May 2025, is May 2024/],
    });
    writeFileSync(site.siteFile, good.replace('name: demo', 'name: other'));
    await expectRefused(site, ['run', file, '--yes'], {
      code: 2,
      says: [/plan for the site demo, not for other/],
      hint: /--site/,
    });
    writeFileSync(site.siteFile, good);

    const run = await site.run(['run', file, '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(completeSets(site)).toHaveLength(1);
    expectAsPlanned(site, JSON.parse(readFileSync(file, 'utf8')) as Plan);
  });

  it.each(SHIPPED.filter((name) => !['backup', 'drill', 'prune'].includes(name)))('%s', async (name) => {
    const site = lab.site();
    const [printed = ''] = await expectOnlyLooks(site, [['--json', 'plan', name]]);
    const run = await site.run(['run', name, '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
  });

  it('a backup that ends with a drill, and a drill by itself, which leave nothing behind', async () => {
    const site = lab.site({ small: true });
    const scratch = await makeOpenFolder('sense-runbook-scratch-');
    site.edit((content) => {
      content['drill'] = { folder: scratch };
      if (NO_RESTIC !== undefined) return;
      const restic = {
        repository: join(site.folder, 'offsite'),
        password: { file: join(site.folder, 'word') },
      };
      writeFileSync(join(site.folder, 'word'), 'a good password', { mode: 0o600 });
      content['vault'] = { folder: site.vault, copies: [{ name: 'offsite', restic }] };
    });
    const [backup = ''] = await expectOnlyLooks(site, [
      ['--json', 'plan', 'backup', '--set', 'drill=always'],
    ]);
    const first = await site.run(['backup', '--yes', '--drill', 'always']);
    expect(first.code, first.stdout + first.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(backup) as Plan);
    expect(first.stdout).toContain('Proven restorable: ');
    const [drill = '', before = ''] = await expectOnlyLooks(site, [
      ['--json', 'backups', 'drill', '--dry-run'],
      ['--json', 'backups'],
    ]);
    const [set] = (JSON.parse(before) as { sets: { path: string; provenAt?: string }[] }).sets;
    expect(set?.provenAt).toBeDefined();

    const evidence = join(set?.path ?? '', 'databases', 'evidence.json');
    writeFileSync(evidence, readFileSync(evidence, 'utf8').replace(/"rows": [1-9]\d*/, '"rows": 999999'));
    const second = await site.run(['backups', 'drill']);
    expect(second.code, second.stdout + second.stderr).toBe(5);
    expect(second.stderr).toMatch(/did not prove restorable: 2 differences[^]*and had 999999/);
    expectAsPlanned(site, JSON.parse(drill) as Plan);
    expect((await site.run(['backups'])).stdout).toContain('FAILED');

    if (NO_RESTIC === undefined) await expectProvenFromCopy(site, set?.path ?? '');
    expect(readdirSync(scratch)).toEqual([]);
    rmdirSync(scratch);
  });

  /** The copy was sent before the set in the vault was spoilt. */
  async function expectProvenFromCopy(site: LabSite, damaged: string): Promise<void> {
    const [printed = ''] = await expectOnlyLooks(site, [
      ['--json', 'backups', 'drill', '--copy', 'offsite', '--dry-run'],
    ]);
    const run = await site.run(['backups', 'drill', '--copy', 'offsite']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(run.stdout).toContain(`Proven restorable: ${basename(damaged)} of copy offsite`);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
    expect((await site.run(['backups', '--copy', 'offsite'])).stdout).toMatch(/MB  \d{4}-\d{2}-\d{2}\n/);
    expect((await site.run(['backups'])).stdout, 'that says nothing of the set in the vault').toContain(
      'FAILED',
    );
  }

  it('prune, which removes what the retention lets go and nothing else', async () => {
    const site = lab.site();
    const root = join(site.vault, 'demo');
    const ids = [9, 8, 2, 0.5].map((daysAgo) => writeOldSet(root, daysAgo).id);
    site.edit((content) => {
      content['vault'] = { folder: site.vault, retention: { last: 1, daily: 2 } };
    });
    const [printed = '', told = ''] = await expectOnlyLooks(site, [
      ['--json', 'plan', 'prune'],
      ['--json', 'backups', 'prune', '--dry-run'],
    ]);
    const run = await site.run(['run', 'prune', '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan, 3);
    const { sets } = JSON.parse(told) as { sets: { set: string; decision: string }[] };
    const kept = sets.filter(({ decision }) => decision === 'keep').map(({ set }) => set);
    expect(completeSets(site)).toEqual(kept);
    expect(kept).toEqual(ids.slice(2));
    expect(existsSync(join(root, 'vault.lock'))).toBe(false);
  });
});
