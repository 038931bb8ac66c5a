import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSiteClaim, type SiteClaim } from '../../../src/engine/claim.ts';
import { createReserve } from '../../../src/engine/reserve.ts';
import { createRunStore } from '../../../src/engine/run-store.ts';
import { openSession } from '../../../src/engine/session.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import {
  killedRun as killed,
  planOf,
  planSection,
  planStep,
  recordingActions as recorder,
  runOptions,
  testCollaborators,
  testEngine,
} from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

describe('what an earlier run left in the state folder', () => {
  const plan = planOf([planSection([planStep('copy')])]);

  it('a claim of a run that is over does not keep others away', async () => {
    const folder = temporaryFolder();
    const { engine } = testEngine(folder, [recorder().action('copy')]);
    const { run } = await engine.run(plan, runOptions());
    // Killed between the end in the journal and giving the site back.
    writeFileSync(join(folder, 'claim.json'), JSON.stringify({ schemaVersion: 1, run }));
    expect(await engine.unfinished()).toBeUndefined();
    expect((await engine.run(plan, runOptions())).outcome).toBe('done');
  });

  it('recover takes the run that holds the site before an older one without an end', async () => {
    const folder = temporaryFolder();
    const { action } = recorder();
    const hanging = planOf([planSection([planStep('hang')])], []);
    // Names of runs begin with the second: this one is older.
    const clock = { ...systemClock, now: () => new Date('2026-01-01T00:00:00Z') };
    await killed(folder, hanging, [], { clock });
    const [old] = readdirSync(join(folder, 'runs'));
    rmSync(join(folder, 'claim.json'));
    await killed(folder, hanging, []);
    const newest = readdirSync(join(folder, 'runs')).find((name) => name !== old);
    const { engine } = testEngine(folder, [action('hang')]);
    expect((await engine.recover(runOptions()))?.run).toBe(newest);
    expect(await engine.recover(runOptions())).toBeUndefined();
  });

  it('a damaged journal stops neither the history nor the next run', async () => {
    const folder = temporaryFolder();
    const { engine } = testEngine(folder, [recorder().action('copy')]);
    const first = await engine.run(plan, runOptions());
    writeFileSync(join(first.folder, 'journal.jsonl'), 'oops\n');
    expect((await engine.run(plan, runOptions())).outcome).toBe('done');
    const outcomes = (await engine.runs()).map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual(['damaged', 'done']);
    await expect(engine.report(first.run)).rejects.toThrow('is damaged at line 1');
  });

  it.each(['journal.jsonl', 'plan.json'])(
    'a run with a damaged %s that holds the site is named and can be given up',
    async (file) => {
      const folder = temporaryFolder();
      const { action } = recorder();
      await killed(folder, planOf([planSection([planStep('hang')])]), []);
      const [run = ''] = readdirSync(join(folder, 'runs'));
      writeFileSync(join(folder, 'runs', run, file), 'oops\n');
      const { engine } = testEngine(folder, [action('hang'), action('copy')]);
      await expect(engine.run(plan, runOptions())).rejects.toThrow(`run ${run}`);
      await expect(engine.recover(runOptions())).rejects.toThrow('damaged');
      expect((await engine.unfinished())?.next).toEqual(['abandon']);
      await engine.abandon(run, runOptions({ approvals: { change: true, destroy: 'lab' } }));
      expect((await engine.run(plan, runOptions())).outcome).toBe('done');
    },
  );

  it('tells how a run ended although the site cannot be given back', async () => {
    const folder = temporaryFolder();
    const claim: SiteClaim = {
      ...createSiteClaim(folder),
      release: () => {
        throw new Error('read-only file system');
      },
    };
    const { session, events } = await openedSession(folder, claim);
    await session.finish({ ...ENDED, run: session.run.id, folder });
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', outcome: 'done' });
    const said = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(said).toEqual(['the site could not be given back: read-only file system']);
  });
});

const ENDED = {
  outcome: 'done',
  exitCode: 0,
  durationMs: 1,
  downtime: {},
  warnings: [],
  checks: [],
} as const;

/** A session of a run of an empty plan. */
async function openedSession(folder: string, claim: SiteClaim) {
  const store = createRunStore(folder);
  const plan = planOf([]);
  const id = '20260101T000000Z-aaaaaa';
  await store.create(id, plan);
  const { collaborators, events } = testCollaborators(folder, []);
  const files = { store, claim, reserve: createReserve(folder) };
  return {
    session: openSession({ id, plan, mode: 'run', options: runOptions() }, files, collaborators),
    events,
  };
}
