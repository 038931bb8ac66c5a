import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/contract/operation.ts';
import { stepsOf, type Plan, type PlanStep } from '../../src/contract/plan.ts';
import { newestJournal, openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { completeSets, databaseState, everythingOf, expectRefused, ordersOf } from './support.ts';

const SHIPPED = readdirSync(fileURLToPath(new URL('../../runbooks', import.meta.url)))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => basename(name, '.yaml'));

/** Parameters to run a runbook with, besides those it has by itself. */
const VARIANTS: Record<string, string[][]> = {
  backup: [[], ['--set', 'quiesce=none', '--set', 'format=custom']],
};

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

/** The plan with what is known now in the place of placeholders. */
function withValues(plan: Plan, journal: readonly Record<string, unknown>[], run: string): Plan {
  const opened = journal.find(({ type, step }) => type === 'result' && step === 'open-set');
  const set = (opened?.['outputs'] as { set?: string } | undefined)?.set ?? '<set>';
  return JSON.parse(JSON.stringify(plan).replaceAll('<set>', set).replaceAll('<run>', run)) as Plan;
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

describe('what ran is what was planned', () => {
  const cases = SHIPPED.flatMap((name) => (VARIANTS[name] ?? [[]]).map((flags) => [name, flags] as const));

  it.each(cases)('%s %j', async (name, flags) => {
    const site = lab.site();
    const shown = await site.run(['--json', 'plan', name, ...flags]);
    expect(shown.code, shown.stderr).toBe(0);
    const run = await site.run(['run', name, '--yes', ...flags]);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    const journal = newestJournal(site);
    const { id, plan } = newestRun(site);
    const printed = JSON.parse(shown.stdout) as Plan;
    for (const part of ['sections', 'always', 'onFailure', 'params'] as const)
      expect(plan[part], part).toEqual(printed[part]);
    const performed = performedIn(journal);
    expect(performed.size).toBeGreaterThan(5);
    const filled = withValues(plan, journal, id);
    const skipped = skippedIn(journal);
    compare(
      filled.sections.flatMap(({ items }) => stepsOf(items)),
      performed,
      skipped,
      false,
    );
    compare(stepsOf(filled.always), performed, skipped, true);
    expect([...performed.keys()], 'steps that no plan has').toEqual([]);
  });
});

describe('a dry run', () => {
  it('changes nothing on disk, in the services and in the database, before the first backup and after it', async () => {
    const site = lab.site();
    const looks = [
      ['plan', 'backup'],
      ['--json', 'plan', 'backup', '--set', 'quiesce=none'],
      ['run', 'backup', '--dry-run'],
      ['backup', '--dry-run', '--yes'],
      ['plan', 'doctor', '--format', 'html'],
    ];
    for (const round of ['first', 'second']) {
      const before = { disk: everythingOf(site), orders: ordersOf(site), database: await databaseState(lab) };
      for (const look of looks) {
        const run = await site.run(look);
        expect(run.code, run.stderr).toBe(0);
      }
      const after = { disk: everythingOf(site), orders: ordersOf(site), database: await databaseState(lab) };
      expect(after, `${round} round`).toEqual(before);
      if (round === 'first') expect((await site.run(['backup', '--yes'])).code).toBe(0);
    }
  });
});

describe('a saved plan', () => {
  it('can be run as long as what it rests on holds, and says what does not', async () => {
    const site = lab.site();
    const file = join(site.folder, 'plan of backup.json');
    const saved = await site.run(['plan', 'backup', '--out', file]);
    expect(saved.code, saved.stderr).toBe(0);
    expect(saved.stderr).toContain(`sense-runbook run ${file}`);
    const refusal = { code: 3, hint: /plan backup --out/ };

    site.services('rim', ({ services }) => {
      Object.assign(services['QlikSenseProxyService'] ?? {}, { state: 'stopped' });
    });
    await expectRefused(site, ['run', file, '--yes'], {
      ...refusal,
      says: [/no longer holds/, /service QlikSenseProxyService on rim: was running, is stopped/],
      json: true,
    });
    site.services('rim', ({ services }) => {
      Object.assign(services['QlikSenseProxyService'] ?? {}, { state: 'running' });
    });

    const release = (text: string): void => {
      site.edit((content) => {
        (content['qlik'] as Record<string, unknown>)['release'] = text;
      });
    };
    release('May 2024');
    await expectRefused(site, ['run', file, '--yes'], {
      ...refusal,
      says: [/no longer holds/, /release.*was May 2025, is May 2024/],
    });
    release('May 2025');

    const run = await site.run(['run', file, '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(await completeSets(site)).toHaveLength(1);
  });

  it('of another site, or one that was damaged, is refused', async () => {
    const site = lab.site();
    const file = join(site.folder, 'plan.json');
    expect((await site.run(['plan', 'doctor', '--out', file])).code).toBe(0);
    site.edit((content) => {
      content['name'] = 'other';
    });
    await expectRefused(site, ['run', file, '--yes'], {
      code: 2,
      says: [/plan for the site demo, not for other/],
      hint: /--site/,
    });
    await expectRefused(site, ['run', site.siteFile.replace('site.yaml', 'nodes'), '--yes'], {
      code: 2,
      says: [/there is no runbook/],
      hint: /backup, doctor/,
    });
  });
});
