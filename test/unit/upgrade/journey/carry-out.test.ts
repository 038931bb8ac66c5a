import { describe, expect, it } from 'vitest';
import {
  ConfirmationError,
  PreflightError,
  StepError,
  VerificationError,
} from '../../../../src/contract/errors.ts';
import type { CheckResult } from '../../../../src/contract/action.ts';
import type { JsonObject } from '../../../../src/contract/json.ts';
import type { Plan, PlanStep } from '../../../../src/contract/plan.ts';
import type { RunResult } from '../../../../src/engine/types.ts';
import { carryOut } from '../../../../src/upgrade/journey/carry-out.ts';
import { readUpgradePlan } from '../../../../src/upgrade/journey/plan-file.ts';
import type { JourneyCollaborators } from '../../../../src/upgrade/journey/ports.ts';
import { planSection, planStep, runOptions } from '../../../helpers/engine.ts';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import { planOf, recordWith, savedPlan, THREE_HOPS } from './samples.ts';

import { Killed, stopsOf, world } from './obedient-site.ts';

const { hops } = planOf();
const STOPS = stopsOf({ hops });
const UNINSTALLED = { release: 'May 2023', uninstalled: true, nodes: 1 } as const;

function failure(changes: Partial<RunResult> = {}): Partial<RunResult> {
  return { outcome: 'failed', exitCode: 1, ...changes };
}

describe('a journey', () => {
  it('makes a backup before every hop, gives its set to the hop, and ends', async () => {
    const { c, ran, record } = world();
    const end = await carryOut(recordWith(), STOPS, c);
    expect(end.exitCode).toBe(0);
    expect(ran).toEqual([
      'backup drill=always',
      'runbook-uninstall-patch to=August 2022 backup=set-r1',
      'backup drill=always',
      'runbook-postgres-qpi to=PostgreSQL 14.17 backup=set-r3',
      'backup drill=always',
      'runbook-upgrade to=May 2025 backup=set-r5',
    ]);
    expect(record()).toMatchObject({
      state: 'done',
      endedAt: '2026-11-28T02:00:00.000Z',
      hops: [
        {
          state: 'done',
          run: 'r2',
          backup: { run: 'r1', set: 'set-r1' },
          confirmed: { how: 'flag', who: 'erin on qs1' },
        },
        { state: 'done', run: 'r4' },
        { state: 'done', run: 'r6' },
      ],
    });
  });

  it('goes the way that was chosen, not the cheapest one', async () => {
    const text = JSON.stringify(planUpgrade(THREE_HOPS, { to: 'May 2025' }, { choose: 'advice' }));
    const saved = readUpgradePlan(text, '/plans/plan.json');
    const { c, ran } = world();
    const end = await carryOut(recordWith({}, saved), stopsOf(saved.plan), c);
    expect(end.exitCode).toBe(0);
    expect(ran.filter((line) => line !== 'backup drill=always')).toEqual([
      'runbook-upgrade to=May 2023 backup=set-r1',
      'runbook-postgres-qpi to=PostgreSQL 14.17 backup=set-r3',
      'runbook-upgrade to=May 2025 backup=set-r5',
    ]);
  });

  it('begins with the run itself where Qlik Sense is uninstalled, which makes its own set', async () => {
    const saved = savedPlan(UNINSTALLED, 'May 2025 Patch 3');
    const { c, ran, events, record } = world({
      'runbook-upgrade-after-uninstall': [{ outcome: 'stopped', exitCode: 75 }],
    });
    const stops = stopsOf(saved.plan);
    expect((await carryOut(recordWith({}, saved), stops, c)).exitCode).toBe(75);
    expect(ran).toEqual(['runbook-upgrade-after-uninstall to=May 2025']);
    expect(events.find(({ type }) => type === 'hop-run')).toEqual({
      type: 'hop-run',
      hop: 1,
      runbook: 'runbook-upgrade-after-uninstall',
    });
    expect(record().hops[0]).toMatchObject({
      state: 'running',
      run: 'r1',
      startedAt: '2026-11-28T02:00:00.000Z',
    });
    expect((await carryOut(record(), stops, c)).exitCode).toBe(0);
    expect(ran.slice(1)).toEqual([
      'resume r1',
      'backup drill=always',
      'runbook-patch to=May 2025 Patch 3 backup=set-r2',
    ]);
    expect(record().hops[0]).not.toHaveProperty('backup');
  });

  it('tells of a run that makes its own set, and failed, no safety backup', async () => {
    const saved = savedPlan(UNINSTALLED, 'May 2025');
    const { c, events } = world({ 'runbook-upgrade-after-uninstall': [failure()] });
    expect((await carryOut(recordWith({}, saved), stopsOf(saved.plan), c)).exitCode).toBe(1);
    const last = events.at(-1);
    expect(last).toMatchObject({ type: 'hop-failed', part: 'hop', wayBack: saved.plan.hops[0]?.wayBack });
    expect(last).not.toHaveProperty('set');
  });

  it('begins no hop without a set that is proven', async () => {
    const { c, ran, record } = world({}, { proven: false });
    await expect(carryOut(recordWith(), STOPS, c)).rejects.toBeInstanceOf(VerificationError);
    expect(ran).toEqual(['backup drill=always']);
    expect(record().hops[0]?.state).toBe('backing-up');
  });

  it('begins no hop after a backup that failed, with its exit code, and makes another one next time', async () => {
    const { c, ran, events, record, setRun } = world({ backup: [failure({ exitCode: 5 })] });
    expect((await carryOut(recordWith(), STOPS, c)).exitCode).toBe(5);
    expect(events.at(-1)).toMatchObject({ type: 'hop-failed', part: 'backup', run: 'r1', exitCode: 5 });
    setRun('r1', { holdsSite: false });
    expect((await carryOut(record(), STOPS, c)).exitCode).toBe(0);
    expect(ran.slice(0, 3)).toEqual([
      'backup drill=always',
      'backup drill=always',
      'runbook-uninstall-patch to=August 2022 backup=set-r2',
    ]);
  });

  it('stops with 75 where a hop stops, and resumes it with the next call', async () => {
    const { c, ran, events, record } = world({
      'runbook-postgres-qpi': [{ outcome: 'stopped', exitCode: 75 }],
    });
    expect((await carryOut(recordWith(), STOPS, c)).exitCode).toBe(75);
    expect(events.at(-1)).toEqual({ type: 'hop-stopped', hop: 2, of: 3, run: 'r4' });
    expect(record().hops.map(({ state }) => state)).toEqual(['done', 'running', 'waiting']);
    const before = ran.length;
    expect((await carryOut(record(), STOPS, c)).exitCode).toBe(0);
    expect(ran.slice(before)).toEqual([
      'resume r4',
      'backup drill=always',
      'runbook-upgrade to=May 2025 backup=set-r5',
    ]);
  });

  it('ends with the exit code of a hop that failed, and its way back', async () => {
    const { c, events, record } = world({ 'runbook-uninstall-patch': [failure({ exitCode: 7 })] });
    expect((await carryOut(recordWith(), STOPS, c)).exitCode).toBe(7);
    expect(events.at(-1)).toMatchObject({
      type: 'hop-failed',
      part: 'hop',
      run: 'r2',
      set: 'set-r1',
      wayBack: hops[0]?.wayBack,
    });
    expect(record().state).toBe('unfinished');
  });

  it('goes on after a kill in a hop, once that was recovered', async () => {
    const { c, ran, record, setRun } = world({ 'runbook-uninstall-patch': ['killed'] });
    await expect(carryOut(recordWith(), STOPS, c)).rejects.toBeInstanceOf(Killed);
    expect(record().hops[0]).toMatchObject({ state: 'running', run: 'r2' });
    await expect(carryOut(record(), STOPS, c)).rejects.toThrow('run r2 of hop 1 was cut off');
    setRun('r2', { outcome: 'failed', next: ['resume'] });
    expect((await carryOut(record(), STOPS, c)).exitCode).toBe(0);
    expect(ran[2]).toBe('resume r2');
  });

  it('takes a hop for done that somebody resumed without it', async () => {
    const { c, ran, record, setRun, events } = world({
      'runbook-uninstall-patch': [{ outcome: 'stopped', exitCode: 75 }],
    });
    await carryOut(recordWith(), STOPS, c);
    setRun('r2', { outcome: 'done', holdsSite: false, next: [] });
    expect((await carryOut(record(), STOPS, c)).exitCode).toBe(0);
    expect(ran.some((line) => line.startsWith('resume'))).toBe(false);
    expect(events.filter(({ type }) => type === 'hop-done').map(({ hop }) => hop)).toEqual([1, 2, 3]);
  });

  it('goes no further where the site is not as the plan has it', async () => {
    const sights = [{ nodes: [{ node: 'qs2', release: 'May 2023' }], notes: ['qs1 is asleep'] }];
    const { c, ran, events } = world({}, { sights });
    const error = await carryOut(recordWith(), STOPS, c).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PreflightError);
    expect((error as Error).message).toContain('qs2 has May 2023; the plan has August 2022 Patch 5');
    expect(ran).toEqual([]);
    expect(events).toContainEqual({ type: 'hop-note', hop: 1, text: 'qs1 is asleep' });
  });

  it('is not done while a node is elsewhere than the plan leads', async () => {
    const none = { nodes: [], notes: [] };
    const sights = [none, none, none, { nodes: [{ node: 'qs2', release: 'August 2022' }], notes: [] }];
    const { c, record } = world({}, { sights });
    await expect(carryOut(recordWith(), STOPS, c)).rejects.toBeInstanceOf(StepError);
    expect(record()).toMatchObject({
      state: 'unfinished',
      hops: [{ state: 'done' }, { state: 'done' }, { state: 'done' }],
    });
    expect((await carryOut(record(), STOPS, c)).exitCode).toBe(0);
    expect(record().state).toBe('done');
  });

  it('makes no backup for a hop whose own checks refuse it, that for the backup aside', async () => {
    const checks: CheckResult[] = [
      { id: 'safety-backup', status: 'failed', message: 'there is no set' },
      { id: 'space', status: 'warning', message: 'it is tight' },
    ];
    const looked: string[] = [];
    const { c, ran } = world();
    const preflight = (plan: Plan): Promise<CheckResult[]> => {
      looked.push(plan.runbook.title);
      return Promise.resolve([...checks]);
    };
    const looking = { ...c, engine: { ...c.engine, preflight } };
    await carryOut(recordWith(), STOPS, looking);
    expect(looked[0]).toBe('runbook-uninstall-patch to=August 2022 backup=latest');
    expect(ran).toHaveLength(6);
    ran.length = 0;
    checks.push({ id: 'installer-media', status: 'failed', message: 'it is damaged', hint: 'Download it.' });
    const error = await carryOut(recordWith(), STOPS, looking).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PreflightError);
    expect((error as Error).message).toBe(
      'hop 1 could not begin, so that its backup was not made:\n  it is damaged',
    );
    expect((error as PreflightError).hint).toBe('Download it.\nThen this command again.');
    expect(ran).toEqual([]);
  });

  it('makes no backup that cannot be proven here, by what its plan says of the drill', async () => {
    const { c, ran } = world();
    const drilled = (outputs: JsonObject, more: Partial<PlanStep> = {}): JourneyCollaborators => ({
      ...c,
      async plan(request, signal) {
        const { plan, secretParams } = await c.plan(request, signal);
        const notes = ['Server programs of PostgreSQL 14 are needed.', 'Set `drill.bin`.'];
        const execution = { ...{ node: 'central', input: {}, operations: [] }, outputs, notes };
        const step = planStep('drill-due', { uses: 'drill.due', executions: [execution], ...more });
        return { plan: { ...plan, sections: [planSection([step])] }, secretParams };
      },
    });
    const error = await carryOut(recordWith(), STOPS, drilled({ due: false })).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(PreflightError);
    expect((error as Error).message).toContain(
      'hop 1 could not be proven here: Server programs of PostgreSQL 14',
    );
    expect((error as PreflightError).hint).toBe('Set `drill.bin`. Then this command again.');
    expect(ran).toEqual([]);
    await carryOut(recordWith(), STOPS, drilled({ due: false }, { label: 'assumed' }));
    expect(ran).toHaveLength(6);
    ran.length = 0;
    await carryOut(recordWith(), STOPS, drilled({ due: true }));
    expect(ran).toHaveLength(6);
  });

  it('says before the backup that the name of the site will be wanted, unless it was given', async () => {
    const asked = world({}, { more: { options: () => ({ ...runOptions(), approvals: { change: true } }) } });
    await carryOut(recordWith(), STOPS, asked.c);
    const told = asked.events.filter(({ type }) => type === 'hop-approval');
    expect(told).toEqual([2, 3].map((hop) => ({ type: 'hop-approval', hop, site: 'acme' })));
    const types = asked.events.filter(({ hop }) => hop === 3).map(({ type }) => type);
    expect(types.indexOf('hop-approval')).toBeLessThan(types.indexOf('hop-backup'));
    const given = { options: () => ({ ...runOptions(), approvals: { change: true, destroy: 'acme' } }) };
    const silent = world({}, { more: given });
    await carryOut(recordWith(), STOPS, silent.c);
    expect(silent.events.filter(({ type }) => type === 'hop-approval')).toEqual([]);
  });

  it('has what a hop demands of a person confirmed before its backup, one by one, and once', async () => {
    const asked: string[] = [];
    const person = (answers: boolean[]) => ({
      canAsk: true,
      confirmed: new Set<number>(),
      confirm(question: string) {
        asked.push(question);
        return Promise.resolve(answers.shift() ?? true);
      },
    });
    const { c, ran, record } = world({ backup: [failure()] }, { more: person([true, false]) });
    await expect(carryOut(recordWith(), STOPS, c)).rejects.toBeInstanceOf(ConfirmationError);
    expect([asked.length, ran]).toEqual([2, []]);
    asked.length = 0;
    await carryOut(recordWith(), STOPS, c);
    const demands = hops[0]?.before.filter(({ by }) => by === 'human').map(({ text }) => text) ?? [];
    expect(demands.length).toBeGreaterThan(1);
    expect(asked).toEqual(demands.map((text) => `${text} Done?`));
    expect(record().hops[0]?.confirmed).toMatchObject({ how: 'asked', what: demands });
    asked.length = 0;
    await carryOut(record(), STOPS.slice(0, 1), c).catch(() => undefined);
    expect(asked).toEqual([]);
  });

  it('needs a flag for every hop where nobody can be asked', async () => {
    const { c, record, ran } = world({}, { more: { confirmed: new Set([1]) } });
    const error = await carryOut(recordWith(), STOPS, c).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfirmationError);
    expect((error as ConfirmationError).hint).toContain('--confirmed 2');
    expect(record().hops.map(({ state }) => state)).toEqual(['done', 'waiting', 'waiting']);
    expect(ran).toHaveLength(2);
  });

  it('ends with 8 when warnings count and one run had some', async () => {
    const { c } = world({ 'runbook-postgres-qpi': [{ exitCode: 8 }] });
    expect((await carryOut(recordWith(), STOPS, c)).exitCode).toBe(8);
  });
});
