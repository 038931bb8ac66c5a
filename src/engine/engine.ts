import { ExpectedError, PreflightError, type ExitCode } from '../contract/errors.ts';
import type { RunOutcome } from '../contract/event.ts';
import type { Plan } from '../contract/plan.ts';
import { ActiveRun } from './active-run.ts';
import { approvalLines, askApprovals, keepsWhatItReplaces, neededApprovals } from './approvals.ts';
import { siteBusy } from './busy.ts';
import { createSiteClaim } from './claim.ts';
import { discardAll, keptLines, whatIsKept } from './cleanup.ts';
import { refuseIncomplete } from './complete-plan.ts';
import { refuseForeseen } from './foresee-rollback.ts';
import { refuseFailedChecks, runPreflight, whatIsLeft } from './preflight.ts';
import { endOrphans, recoverRun } from './recover.ts';
import { recoverUnwritten } from './recover-unwritten.ts';
import { refuseUnguided } from './guided.ts';
import { createMemoryRecorder } from './memory-recorder.ts';
import { planResume } from './remaining.ts';
import { checkSecretParams } from './secret-params.ts';
import { stateTrouble } from './state-trouble.ts';
import { createReserve } from './reserve.ts';
import { planRollback, rollBack, rollbackLines, whatStays } from './rollback.ts';
import { createRunStore, newRunId, type StoredRun } from './run-store.ts';
import type { JournalRecord, RunMode } from './records.ts';
import { foldJournal } from './run-state.ts';
import { openSession, type Session, type SiteFiles } from './session.ts';
import { SiteRuns } from './site-runs.ts';
import { startTypesLeft } from './start-types-left.ts';
import { reportOf, summarise } from './summary.ts';
import { workThrough, type SectionWork } from './work.ts';
import type { Engine, EngineCollaborators, Kept, RunOptions, RunResult, RunSummary } from './types.ts';

/** Makes the engine of one site. */
export function createEngine(collaborators: EngineCollaborators): Engine {
  const files: SiteFiles = {
    store: createRunStore(collaborators.stateFolder),
    claim: createSiteClaim(collaborators.stateFolder),
    reserve: createReserve(collaborators.stateFolder),
  };
  return new SiteEngine(collaborators, files);
}

class SiteEngine implements Engine {
  readonly #collaborators: EngineCollaborators;
  readonly #files: SiteFiles;
  readonly #runs: SiteRuns;

  constructor(collaborators: EngineCollaborators, files: SiteFiles) {
    this.#collaborators = collaborators;
    this.#files = files;
    this.#runs = new SiteRuns(files, collaborators.actions);
  }

  async preflight(plan: Plan, signal: AbortSignal): ReturnType<Engine['preflight']> {
    const { checks } = await runPreflight(plan, this.#collaborators, { signal, secretParams: {} });
    return [...checks];
  }

  run(plan: Plan, options: RunOptions): Promise<RunResult> {
    return this.#locked('run', async () => {
      this.#runs.refuseUnfinished();
      refuseUnguided(this.#collaborators, options.guided);
      this.#hideSecrets(options);
      const { checks, records } = await runPreflight(plan, this.#collaborators, options);
      refuseFailedChecks(checks);
      refuseIncomplete(plan);
      const checked = { ...plan, checks };
      await this.#approve(checked, options);
      options.signal.throwIfAborted();
      const session = await this.#begin(checked, records, options);
      const result = await workThrough(session.run, ({ items }) => ({ items }));
      return session.finish(strictly(result, options));
    });
  }

  resume(id: string | undefined, given: RunOptions): Promise<RunResult> {
    return this.#locked('resume', async () => {
      const stored = this.#runs.choose(id, 'resume');
      const options = { ...given, guided: given.guided || this.#stayGuided(stored, given) };
      refuseUnguided(this.#collaborators, options.guided);
      checkSecretParams(stored.plan, options.secretParams);
      this.#hideSecrets(options);
      const { checks, records } = await runPreflight(stored.plan, this.#collaborators, options);
      refuseFailedChecks(checks.filter(({ beforehand }) => beforehand !== true));
      await this.#approve({ ...stored.plan, checks: whatIsLeft(checks) }, options);
      this.#files.reserve.ensure();
      const session = this.#open(stored, 'resume', options);
      let work: SectionWork;
      try {
        work = await planResume(session.run);
        for (const record of records) session.run.append(record);
      } catch (error) {
        // Nothing was done, but the journal says that work began: without an end it would count as killed.
        const exitCode = error instanceof ExpectedError ? error.exitCode : 1;
        await session.finish(ended(session.run, stateOutcome(stored), exitCode));
        throw error;
      }
      return session.finish(strictly(await workThrough(session.run, work), options));
    });
  }

  rollback(id: string | undefined, options: RunOptions): Promise<RunResult> {
    return this.#locked('rollback', async () => {
      const stored = this.#runs.choose(id, 'rollback');
      const state = foldJournal(stored.entries);
      if (state.ended?.outcome === 'done') this.#runs.refuseBelowOthers(stored.id);
      const { actions, nodes } = this.#collaborators;
      const before = { plan: stored.plan, state, actions };
      const undos = planRollback(before);
      const { next } = summarise(stored, this.#runs.context(false));
      await refuseForeseen(this.#looking(stored, options.signal), undos, next);
      const stays = whatStays(before, nodes);
      const title = `roll back run ${stored.id}`;
      const lines = rollbackLines(undos, stays, state.ended);
      // What was done on the site since a run that is over replaced it is lost by that.
      const losing =
        state.ended?.outcome === 'done' &&
        undos.some(({ step, action }) => step.effect === 'destroy' || action?.undoLoses === true);
      const needed = [losing ? ('destroy' as const) : ('change' as const)];
      await askApprovals({ needed, title, lines }, this.#collaborators, options);
      const session = this.#open(stored, 'rollback', options);
      await endOrphans(session.run);
      return session.finish(await rollBack(session.run, undos, stays));
    });
  }

  async kept(id: string, signal: AbortSignal): Promise<readonly Kept[]> {
    const stored = this.#files.store.read(id);
    const summary = summarise(stored, this.#runs.context(await this.#collaborators.siteLocked()));
    this.#runs.refuseUnless('cleanup', stored, summary);
    return whatIsKept(this.#looking(stored, signal));
  }

  cleanup(id: string, options: RunOptions): Promise<RunResult> {
    return this.#locked('cleanup', async () => {
      const stored = this.#runs.choose(id, 'cleanup');
      const kept = await whatIsKept(this.#looking(stored, options.signal));
      const title = `remove what run ${stored.id} keeps`;
      // What is gone already is only noted.
      const needed = kept.some(({ operations }) => operations.length > 0) ? (['destroy'] as const) : [];
      await askApprovals({ needed, title, lines: keptLines(kept) }, this.#collaborators, options);
      const session = this.#open(stored, 'cleanup', options);
      await endOrphans(session.run);
      return session.finish(strictly(await discardAll(session.run, kept), options));
    });
  }

  recover(options: Pick<RunOptions, 'signal' | 'hurry'>): Promise<RunResult | undefined> {
    return this.#locked('recover', async () => {
      const lost = this.#runs.toRecover();
      if (lost === undefined) {
        this.#runs.releaseIdleClaim();
        return undefined;
      }
      const stored = this.#files.store.read(lost.id);
      const how = { ...options, guided: false, secretParams: {} };
      let session: Session;
      try {
        session = this.#open(stored, 'recover', how);
      } catch (error) {
        if (!(error instanceof PreflightError)) throw error;
        return recoverUnwritten(this.#inMemory(stored, how), error);
      }
      return session.finish(await recoverRun(session.run));
    });
  }

  abandon(id: string, options: RunOptions): Promise<readonly string[]> {
    return this.#locked('abandon', async () => {
      const damaged = this.#runs.summaryOf(id, false)?.outcome === 'damaged';
      const stored = damaged ? undefined : this.#runs.choose(id, 'abandon');
      const title = `give up run ${id}`;
      const lines = ['What it changed stays as it is and can no longer be put back by this tool.'];
      await askApprovals({ needed: ['destroy'], title, lines }, this.#collaborators, options);
      if (stored === undefined) {
        // Nothing can be added to a journal that is damaged; the folder stays as it is for whoever looks into it.
        this.#files.claim.release(id);
        return [
          'Whether it set services to Manual is not known: look at their start types in Windows Services.',
        ];
      }
      const session = this.#open(stored, 'abandon', options);
      const left = startTypesLeft(session.run.entries);
      await session.finish(ended(session.run, 'abandoned', 0));
      return left;
    });
  }

  async runs(): Promise<RunSummary[]> {
    return this.#runs.summaries(await this.#collaborators.siteLocked());
  }

  async report(id: string): ReturnType<Engine['report']> {
    const stored = this.#files.store.read(id);
    return reportOf(stored, summarise(stored, this.#runs.context(await this.#collaborators.siteLocked())));
  }

  async plan(id: string): Promise<Plan> {
    return this.#files.store.read(id).plan;
  }

  async unfinished(): Promise<RunSummary | undefined> {
    return this.#runs.holder(await this.#collaborators.siteLocked());
  }

  /** Makes the run on disk. Until that is done nothing has happened: then nothing of it is left either. */
  async #begin(plan: Plan, records: readonly JournalRecord[], options: RunOptions): Promise<Session> {
    const { claim, reserve, store } = this.#files;
    const id = newRunId(this.#collaborators.clock.now());
    try {
      reserve.ensure();
      await store.create(id, plan);
      claim.take(id);
      await options.begun?.(id);
      const session = openSession({ id, plan, mode: 'run', options }, this.#files, this.#collaborators);
      for (const record of records) session.run.append(record);
      return session;
    } catch (error) {
      store.remove(id);
      claim.release(id);
      throw stateTrouble(error, this.#collaborators.stateFolder);
    }
  }

  #open(stored: StoredRun, mode: RunMode, options: Parameters<typeof openSession>[0]['options']): Session {
    const parts = { id: stored.id, plan: stored.plan, mode, options };
    try {
      this.#files.claim.take(stored.id);
      return openSession(parts, this.#files, this.#collaborators);
    } catch (error) {
      throw stateTrouble(error, this.#collaborators.stateFolder);
    }
  }

  /** One run per site: the process lock, which may lie in the state folder, is held for the whole of `work`. */
  async #locked<T>(mode: string, work: () => Promise<T>): Promise<T> {
    const { self, site } = this.#collaborators;
    await this.#collaborators.makeState?.();
    const lock = await this.#collaborators
      .lockSite({ ...self, site: site.name, command: mode })
      .catch((error: unknown) => {
        throw siteBusy(error, site.name, this.#runs.holder(true));
      });
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  #stayGuided({ entries }: StoredRun, { guidedAsBefore }: RunOptions): boolean {
    if (guidedAsBefore !== true || !this.#collaborators.prompter.canAsk) return false;
    return foldJournal(entries).answers.length > 0;
  }

  #hideSecrets({ secretParams }: Pick<RunOptions, 'secretParams'>): void {
    for (const secret of Object.values(secretParams))
      if (typeof secret === 'string') this.#collaborators.hide?.(secret);
  }

  /** A run to look with, without a trace. */
  #looking(stored: StoredRun, signal: AbortSignal): ActiveRun {
    return this.#inMemory(stored, { signal, hurry: signal, guided: false, secretParams: {} });
  }

  #inMemory({ id, folder, plan, entries }: StoredRun, options: ActiveRun['options']): ActiveRun {
    const journal = createMemoryRecorder(() => this.#collaborators.clock.now(), entries);
    return new ActiveRun({ id, folder, plan, journal, options, collaborators: this.#collaborators });
  }

  async #approve(plan: Plan, options: RunOptions): Promise<void> {
    const request = {
      needed: neededApprovals(plan),
      title: plan.runbook.title,
      lines: approvalLines(plan),
      ...(keepsWhatItReplaces(plan) ? { kept: true as const } : {}),
    };
    await askApprovals(request, this.#collaborators, options);
  }
}

function ended(run: ActiveRun, outcome: RunOutcome, exitCode: ExitCode): RunResult {
  const { id, folder, elapsedMs: durationMs } = run;
  return { run: id, folder, outcome, exitCode, durationMs, downtime: {}, warnings: [], checks: [] };
}

/** How a run stood before work on it was tried again. */
function stateOutcome(stored: StoredRun): RunOutcome {
  return foldJournal(stored.entries).ended?.outcome ?? 'failed';
}

function strictly(result: RunResult, options: RunOptions): RunResult {
  return options.strict && result.exitCode === 0 && result.warnings.length > 0
    ? { ...result, exitCode: 8 }
    : result;
}
