import { BusyError, ExpectedError, PreflightError, UsageError, type ExitCode } from '../contract/errors.ts';
import type { ActionRegistry } from '../contract/action.ts';
import type { RunOutcome } from '../contract/event.ts';
import type { Plan } from '../contract/plan.ts';
import { ActiveRun } from './active-run.ts';
import { approvalLines, askApprovals, keepsWhatItReplaces, neededApprovals } from './approvals.ts';
import { siteBusy } from './busy.ts';
import { createSiteClaim } from './claim.ts';
import { discardAll, keptLines, whatIsKept } from './cleanup.ts';
import { refuseIncomplete } from './complete-plan.ts';
import { refuseFailedChecks, runPreflight } from './preflight.ts';
import { endOrphans, recoverRun } from './recover.ts';
import { refuseUnguided } from './guided.ts';
import { JournalError } from './journal.ts';
import { keepsSite, leavesEffects, standingOf } from './lasting.ts';
import { createMemoryRecorder } from './memory-recorder.ts';
import { refusal } from './next-commands.ts';
import { planResume } from './remaining.ts';
import { checkSecretParams } from './secret-params.ts';
import { stateTrouble } from './state-trouble.ts';
import { createReserve } from './reserve.ts';
import { planRollback, rollBack, rollbackLines } from './rollback.ts';
import { createRunStore, newRunId, type StoredRun } from './run-store.ts';
import type { JournalRecord, RunMode } from './records.ts';
import { foldJournal } from './run-state.ts';
import { openSession, type Session, type SiteFiles } from './session.ts';
import { damagedSummary, reportOf, summarise } from './summary.ts';
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

  constructor(collaborators: EngineCollaborators, files: SiteFiles) {
    this.#collaborators = collaborators;
    this.#files = files;
  }

  async preflight(plan: Plan, signal: AbortSignal): ReturnType<Engine['preflight']> {
    const { checks } = await runPreflight(plan, this.#collaborators, { signal, secretParams: {} });
    return [...checks];
  }

  run(plan: Plan, options: RunOptions): Promise<RunResult> {
    return this.#locked('run', async () => {
      this.#refuseUnfinished();
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

  resume(id: string | undefined, options: RunOptions): Promise<RunResult> {
    return this.#locked('resume', async () => {
      const stored = this.#choose(id, 'resume');
      refuseUnguided(this.#collaborators, options.guided);
      checkSecretParams(stored.plan, options.secretParams);
      this.#hideSecrets(options);
      const { checks, records } = await runPreflight(stored.plan, this.#collaborators, options);
      refuseFailedChecks(checks);
      await this.#approve(stored.plan, options);
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
      const stored = this.#choose(id, 'rollback');
      const state = foldJournal(stored.entries);
      if (state.ended?.outcome === 'done') this.#refuseBelowOthers(stored.id);
      const undos = planRollback({ plan: stored.plan, state, actions: this.#collaborators.actions });
      const title = `roll back run ${stored.id}`;
      const lines = rollbackLines(undos, state.ended);
      await askApprovals({ needed: ['change'], title, lines }, this.#collaborators, options);
      const session = this.#open(stored, 'rollback', options);
      await endOrphans(session.run);
      return session.finish(await rollBack(session.run, undos));
    });
  }

  async kept(id: string, signal: AbortSignal): Promise<readonly Kept[]> {
    const stored = this.#files.store.read(id);
    const summary = summarise(stored, this.#context(await this.#collaborators.siteLocked()));
    this.#refuseUnless('cleanup', stored, summary);
    return whatIsKept(this.#looking(stored, signal));
  }

  cleanup(id: string, options: RunOptions): Promise<RunResult> {
    return this.#locked('cleanup', async () => {
      const stored = this.#choose(id, 'cleanup');
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
      const lost = this.#toRecover();
      if (lost === undefined) {
        this.#releaseIdleClaim();
        return undefined;
      }
      const stored = this.#files.store.read(lost.id);
      const session = this.#open(stored, 'recover', { ...options, guided: false, secretParams: {} });
      return session.finish(await recoverRun(session.run));
    });
  }

  abandon(id: string, options: RunOptions): Promise<void> {
    return this.#locked('abandon', async () => {
      const damaged = this.#summaryOf(id, false)?.outcome === 'damaged';
      const stored = damaged ? undefined : this.#choose(id, 'abandon');
      const title = `give up run ${id}`;
      const lines = ['What it changed stays as it is and can no longer be put back by this tool.'];
      await askApprovals({ needed: ['destroy'], title, lines }, this.#collaborators, options);
      if (stored === undefined) {
        // Nothing can be added to a journal that is damaged; the folder stays as it is for whoever looks into it.
        this.#files.claim.release(id);
        return;
      }
      const session = this.#open(stored, 'abandon', options);
      await session.finish(ended(session.run, 'abandoned', 0));
    });
  }

  async runs(): Promise<RunSummary[]> {
    return this.#summaries(await this.#collaborators.siteLocked());
  }

  async report(id: string): ReturnType<Engine['report']> {
    const stored = this.#files.store.read(id);
    return reportOf(stored, summarise(stored, this.#context(await this.#collaborators.siteLocked())));
  }

  async unfinished(): Promise<RunSummary | undefined> {
    return this.#holder(await this.#collaborators.siteLocked());
  }

  /** Makes the run on disk. Until that is done nothing has happened: then nothing of it is left either. */
  async #begin(plan: Plan, records: readonly JournalRecord[], options: RunOptions): Promise<Session> {
    const { claim, reserve, store } = this.#files;
    const id = newRunId(this.#collaborators.clock.now());
    try {
      await this.#collaborators.makeState?.();
      reserve.ensure();
      await store.create(id, plan);
      claim.take(id);
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
    this.#files.claim.take(stored.id);
    return openSession({ id: stored.id, plan: stored.plan, mode, options }, this.#files, this.#collaborators);
  }

  /** One run per site: the process lock is held for the whole of `work`. */
  async #locked<T>(mode: string, work: () => Promise<T>): Promise<T> {
    const { self, site } = this.#collaborators;
    const lock = await this.#collaborators
      .lockSite({ ...self, site: site.name, command: mode })
      .catch((error: unknown) => {
        throw siteBusy(error, site.name, this.#holder(true));
      });
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  #hideSecrets({ secretParams }: Pick<RunOptions, 'secretParams'>): void {
    for (const secret of Object.values(secretParams))
      if (typeof secret === 'string') this.#collaborators.hide?.(secret);
  }

  /**
   * The run that holds the site; a lost run always does, since it took the claim before its first line. Undefined also
   * when it is over, and was killed before it gave the site back.
   */
  #holder(alive: boolean): RunSummary | undefined {
    const holder = this.#files.claim.holder();
    const summary = holder === undefined ? undefined : this.#summaryOf(holder, alive);
    if (summary === undefined || ['lost', 'running', 'damaged'].includes(summary.outcome)) return summary;
    const { plan, entries } = this.#files.store.read(summary.id);
    const state = foldJournal(entries);
    const { actions } = this.#collaborators;
    return state.ended !== undefined && keepsSite(plan, state, state.ended, actions) ? summary : undefined;
  }

  /**
   * What `recover` puts in order: the run that holds the site, else the newest. Older ones without an end are history:
   * others have worked on the site since, and what ran then is no matter any more.
   */
  #toRecover(): RunSummary | undefined {
    const holder = this.#holder(false);
    // Says what is wrong with it.
    if (holder?.outcome === 'damaged') this.#files.store.read(holder.id);
    const newest = this.#files.store.ids().at(-1);
    const candidate = holder ?? (newest === undefined ? undefined : this.#summaryOf(newest, false));
    return candidate?.next.includes('recover') === true ? candidate : undefined;
  }

  /** With the process lock held nobody else works on this site: a run without an end is lost. */
  #refuseUnfinished(): void {
    const open = this.#holder(false);
    if (open === undefined) {
      this.#releaseIdleClaim();
      return;
    }
    const next = open.next.map((command) => `\`sense-runbook ${commandLine(command, open.id)}\``);
    throw new BusyError(`run ${open.id} (${open.title}) is unfinished: ${open.outcome}`, {
      hint: `Lead on with ${next.join(' or ')}.`,
    });
  }

  /** A run that is over is put back only when nothing lies on top of it. @throws PreflightError naming what does. */
  #refuseBelowOthers(id: string): void {
    const { store } = this.#files;
    const context = this.#context(false);
    for (const later of store.ids().filter((other) => other > id)) {
      const summary = this.#summaryOf(later, false);
      if (summary === undefined || summary.outcome === 'rolled-back') continue;
      const damaged = summary.outcome === 'damaged';
      if (!damaged && !leftBehind(store.read(later), context.actions)) continue;
      throw new PreflightError(
        damaged
          ? `run ${later} came after run ${id}, and what it did cannot be told: its journal is damaged`
          : `run ${later} (${summary.title}) came after run ${id}, and what it changed is not put back`,
        {
          hint: damaged
            ? `Nothing was changed. Look into ${summary.folder}; when that run changed nothing, move the folder away.`
            : `Nothing was changed. Roll that one back first, where it can be: \`sense-runbook rollback ${later}\`.`,
        },
      );
    }
  }

  /** A run to look with, without a trace. */
  #looking({ id, folder, plan, entries }: StoredRun, signal: AbortSignal): ActiveRun {
    const journal = createMemoryRecorder(() => this.#collaborators.clock.now(), entries);
    const options = { signal, hurry: signal, guided: false, secretParams: {} };
    return new ActiveRun({ id, folder, plan, journal, options, collaborators: this.#collaborators });
  }

  /** A claim of a run that was killed before its journal had a line, or after its end. */
  #releaseIdleClaim(): void {
    const holder = this.#files.claim.holder();
    if (holder !== undefined && this.#holder(false) === undefined) this.#files.claim.release(holder);
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

  /** The named run, or the newest that `command` can lead on. @throws UsageError with what can be done instead. */
  #choose(id: string | undefined, command: 'resume' | 'rollback' | 'abandon' | 'cleanup'): StoredRun {
    const holder = this.#holder(false);
    if (holder === undefined) this.#releaseIdleClaim();
    // One whose services cannot be started for good may be given up: recovering was tried.
    const givenUp = command === 'abandon' && holder?.outcome !== 'lost';
    if (holder?.next.includes('recover') === true && !givenUp) {
      throw new BusyError(`run ${holder.id} must be recovered first`, {
        hint: '`sense-runbook recover` ends what it left and starts the services it had stopped.',
      });
    }
    const chosen = id ?? holder?.id ?? this.#files.store.ids().at(-1);
    if (chosen === undefined) {
      throw new UsageError(`there is no run to ${command}`, { hint: '`sense-runbook runs` lists all runs.' });
    }
    if (holder !== undefined && holder.id !== chosen) {
      throw new BusyError(`run ${holder.id} (${holder.title}) is unfinished: ${holder.outcome}`, {
        hint: `Finish that one first: \`sense-runbook runs show ${holder.id}\` says how.`,
      });
    }
    const stored = this.#files.store.read(chosen);
    const summary = summarise(stored, this.#context(false));
    // Giving up needs no way on; only a run that is over has nothing to give up.
    const over = ['done', 'rolled-back', 'abandoned'].includes(summary.outcome);
    if (command !== 'abandon' || over) this.#refuseUnless(command, stored, summary);
    return stored;
  }

  #refuseUnless(
    command: 'resume' | 'rollback' | 'cleanup' | 'abandon',
    stored: StoredRun,
    summary: RunSummary,
  ): void {
    if (summary.next.includes(command)) return;
    const state = foldJournal(stored.entries);
    throw refusal(command, summary, standingOf(stored.plan, state, this.#collaborators.actions));
  }

  #summaries(alive: boolean): RunSummary[] {
    return this.#files.store.ids().flatMap((id) => this.#summaryOf(id, alive) ?? []);
  }

  /** Undefined when there is no such run. One that is damaged must not hide the others. */
  #summaryOf(id: string, alive: boolean): RunSummary | undefined {
    const { store, claim } = this.#files;
    if (!store.ids().includes(id)) return undefined;
    try {
      return summarise(store.read(id), this.#context(alive));
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      return damagedSummary({ id, folder: store.folderOf(id), holder: claim.holder() });
    }
  }

  #context(alive: boolean): Parameters<typeof summarise>[1] {
    return { actions: this.#collaborators.actions, holder: this.#files.claim.holder(), alive };
  }
}

function commandLine(command: RunSummary['next'][number], run: string): string {
  if (command === 'recover') return 'recover';
  return command === 'abandon' ? `runs abandon ${run}` : `${command} ${run}`;
}

function ended(run: ActiveRun, outcome: RunOutcome, exitCode: ExitCode): RunResult {
  const { id, folder, elapsedMs: durationMs } = run;
  return { run: id, folder, outcome, exitCode, durationMs, downtime: {}, warnings: [], checks: [] };
}

function leftBehind({ plan, entries }: StoredRun, actions: ActionRegistry): boolean {
  return leavesEffects(plan, foldJournal(entries), actions);
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
