import type { RunResult, RunSummary } from '../../../../src/engine/types.ts';
import { HOP_RUNBOOKS } from '../../../../src/upgrade/journey/hop-runbooks.ts';
import type { Stop } from '../../../../src/upgrade/journey/itinerary.ts';
import type { JourneyCollaborators, JourneyEvent } from '../../../../src/upgrade/journey/ports.ts';
import type { JourneyRecord } from '../../../../src/upgrade/journey/record.ts';
import type { UpgradeSight } from '../../../../src/upgrade/journey/site-state.ts';
import type { UpgradePlan } from '../../../../src/upgrade/types.ts';
import { planOf as enginePlan, runOptions } from '../../../helpers/engine.ts';
import { recordWith, runSummary } from './samples.ts';

/** The stops of a plan's hops, each with a backup before it, unless its run makes one itself. */
export function stopsOf(plan: Pick<UpgradePlan, 'hops'>): Stop[] {
  return plan.hops.map((hop, index) => ({
    number: index + 1,
    hop,
    runbook: `runbook-${hop.kind}`,
    params: { to: hop.to },
    secrets: [],
    ...(HOP_RUNBOOKS[hop.kind].backsUpItself === true
      ? {}
      : { backup: { runbook: 'backup', params: { drill: 'always' } } }),
    missing: [],
    lacking: [],
  }));
}

/** How a run ends, by the name of its runbook; a resume takes the next one. */
type Ends = Partial<Record<string, (Partial<RunResult> | 'killed')[]>>;

/** A site, and what was done to it. */
export interface World {
  readonly c: JourneyCollaborators;
  readonly events: JourneyEvent[];
  /** Runbooks with their parameters, resumed runs, in order. */
  readonly ran: string[];
  readonly record: () => JourneyRecord;
  /** Lets a run be as somebody left it. */
  readonly setRun: (id: string, changes: Partial<RunSummary>) => void;
}

/** What the run of a killed process throws. */
export class Killed extends Error {}

/** A site that obeys: every run is done and every backup proven unless told otherwise. */
export function world(
  ends: Ends = {},
  {
    more = {},
    proven = true,
    sights = [],
  }: {
    readonly more?: Partial<JourneyCollaborators>;
    readonly proven?: boolean;
    readonly sights?: UpgradeSight[];
  } = {},
): World {
  const runs = new Map<string, RunSummary>();
  const sets: { id: string; state: string; run: string; provenAt?: string }[] = [];
  const events: JourneyEvent[] = [];
  const ran: string[] = [];
  let saved: JourneyRecord | undefined;

  function end(run: string, runbook: string): RunResult {
    const next = ends[runbook]?.shift() ?? {};
    if (next === 'killed') {
      runs.set(run, runSummary(run, { runbook, outcome: 'lost', holdsSite: true, next: ['recover'] }));
      throw new Killed();
    }
    const result: RunResult = {
      run,
      folder: '/s',
      outcome: 'done',
      exitCode: 0,
      durationMs: 1,
      downtime: {},
      warnings: [],
      checks: [],
      ...next,
    };
    const done = result.outcome === 'done';
    runs.set(
      run,
      runSummary(run, {
        runbook,
        outcome: result.outcome,
        holdsSite: !done,
        next: done ? [] : ['resume'],
      }),
    );
    if (done && runbook === 'backup')
      sets.push({ id: `set-${run}`, state: 'complete', run, ...(proven ? { provenAt: 'now' } : {}) });
    return result;
  }

  const c: JourneyCollaborators = {
    engine: {
      runs: () => Promise.resolve([...runs.values()]),
      async run(plan, { begun }) {
        const id = `r${String(runs.size + 1)}`;
        ran.push(plan.runbook.title);
        runs.set(id, runSummary(id, { outcome: 'running' }));
        await begun?.(id);
        return end(id, plan.runbook.name);
      },
      preflight: () => Promise.resolve([]),
      resume(id = '') {
        ran.push(`resume ${id}`);
        return Promise.resolve(end(id, runs.get(id)?.runbook ?? ''));
      },
    },
    site: 'acme',
    side: {
      store: {
        file: '/s/upgrade.json',
        read: () => Promise.resolve(saved),
        write(record) {
          saved = record;
          return Promise.resolve();
        },
        putAside: () => Promise.reject(new Error('not expected')),
      },
      who: 'erin on qs1',
      release: undefined,
      sight: () => Promise.resolve(sights.shift() ?? { nodes: [], notes: [] }),
      params: () => Promise.reject(new Error('not expected')),
      lock: () => Promise.reject(new Error('not expected')),
    },
    clock: { now: () => new Date('2026-11-28T02:00:00Z') } as JourneyCollaborators['clock'],
    signal: new AbortController().signal,
    plan({ runbook, params }) {
      const title = [runbook, ...Object.entries(params).map(([name, value]) => `${name}=${value}`)].join(' ');
      const plan = enginePlan([]);
      return Promise.resolve({
        plan: { ...plan, runbook: { ...plan.runbook, name: runbook, title } },
        secretParams: {},
      });
    },
    sets: () => Promise.resolve(sets),
    show: (work) => work(),
    tell: (event) => events.push(event),
    options: () => runOptions(),
    canAsk: false,
    confirm: () => Promise.reject(new Error('nobody to ask')),
    confirmed: new Set([1, 2, 3]),
    ...more,
  };
  return {
    c,
    events,
    ran,
    record: () => saved ?? recordWith(),
    setRun(id, changes) {
      runs.set(id, { ...(runs.get(id) ?? runSummary(id)), ...changes });
    },
  };
}
