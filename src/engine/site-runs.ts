import { BusyError, JournalError, PreflightError, UsageError } from '../contract/errors.ts';
import type { ActionRegistry } from '../contract/action.ts';
import { keepsSite, leavesEffects, standingOf } from './lasting.ts';
import { nextCommandLine, refusal } from './next-commands.ts';
import { foldJournal } from './run-state.ts';
import type { StoredRun } from './run-store.ts';
import type { SiteFiles } from './session.ts';
import { damagedSummary, summarise } from './summary.ts';
import type { RunSummary } from './types.ts';

/** The runs of a site on disk: which one holds the site, and which may be led on by which command (design section 5a). */
export class SiteRuns {
  readonly #files: SiteFiles;
  readonly #actions: ActionRegistry;

  constructor(files: SiteFiles, actions: ActionRegistry) {
    this.#files = files;
    this.#actions = actions;
  }

  /**
   * The run that holds the site; a lost run always does, since it took the claim before its first line. Undefined also
   * when it is over, and was killed before it gave the site back.
   */
  holder(alive: boolean): RunSummary | undefined {
    const holder = this.#files.claim.holder();
    const summary = holder === undefined ? undefined : this.summaryOf(holder, alive);
    if (summary === undefined || ['lost', 'running', 'damaged'].includes(summary.outcome)) return summary;
    const { plan, entries } = this.#files.store.read(summary.id);
    const state = foldJournal(entries);
    return state.ended !== undefined && keepsSite(plan, state, state.ended, this.#actions)
      ? summary
      : undefined;
  }

  /**
   * What `recover` puts in order: the run that holds the site, else the newest. Older ones without an end are history:
   * others have worked on the site since, and what ran then is no matter any more.
   */
  toRecover(): RunSummary | undefined {
    const holder = this.holder(false);
    // Says what is wrong with it.
    if (holder?.outcome === 'damaged') this.#files.store.read(holder.id);
    const newest = this.#files.store.ids().at(-1);
    const candidate = holder ?? (newest === undefined ? undefined : this.summaryOf(newest, false));
    return candidate?.next.includes('recover') === true ? candidate : undefined;
  }

  /** With the process lock held nobody else works on this site: a run without an end is lost. */
  refuseUnfinished(): void {
    const open = this.holder(false);
    if (open === undefined) {
      this.releaseIdleClaim();
      return;
    }
    const next = open.next.map((command) => `\`sense-runbook ${nextCommandLine(command, open.id)}\``);
    throw new BusyError(`run ${open.id} (${open.title}) is unfinished: ${open.outcome}`, {
      hint: `Lead on with ${next.join(' or ')}.`,
    });
  }

  /** A run that is over is put back only when nothing lies on top of it. @throws PreflightError naming what does. */
  refuseBelowOthers(id: string): void {
    const { store } = this.#files;
    const context = this.context(false);
    for (const later of store.ids().filter((other) => other > id)) {
      const summary = this.summaryOf(later, false);
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

  /** A claim of a run that was killed before its journal had a line, or after its end. */
  releaseIdleClaim(): void {
    const holder = this.#files.claim.holder();
    if (holder !== undefined && this.holder(false) === undefined) this.#files.claim.release(holder);
  }

  /** The named run, or the newest that `command` can lead on. @throws UsageError with what can be done instead. */
  choose(id: string | undefined, command: 'resume' | 'rollback' | 'abandon' | 'cleanup'): StoredRun {
    const holder = this.holder(false);
    if (holder === undefined) this.releaseIdleClaim();
    // One whose services cannot be started may be given up or put back: recovering was tried.
    const tried = holder?.outcome !== 'lost' && holder?.next.includes(command) === true;
    if (holder?.next.includes('recover') === true && !tried) {
      throw new BusyError(`run ${holder.id} must be recovered first`, {
        hint: '`sense-runbook recover` ends what it left and starts the services it had stopped.',
      });
    }
    const chosen = id ?? holder?.id ?? this.#files.store.ids().at(-1);
    if (chosen === undefined) {
      throw new UsageError(`there is no run to ${command === 'rollback' ? 'roll back' : command}`, {
        hint: '`sense-runbook runs` lists all runs.',
      });
    }
    if (holder !== undefined && holder.id !== chosen) {
      throw new BusyError(`run ${holder.id} (${holder.title}) is unfinished: ${holder.outcome}`, {
        hint: `Finish that one first: \`sense-runbook runs show ${holder.id}\` says how.`,
      });
    }
    const stored = this.#files.store.read(chosen);
    const summary = summarise(stored, this.context(false));
    // Giving up needs no way on; only a run that is over has nothing to give up.
    const over = ['done', 'rolled-back', 'abandoned'].includes(summary.outcome);
    if (command !== 'abandon' || over) this.refuseUnless(command, stored, summary);
    return stored;
  }

  refuseUnless(
    command: 'resume' | 'rollback' | 'cleanup' | 'abandon',
    stored: StoredRun,
    summary: RunSummary,
  ): void {
    if (summary.next.includes(command)) return;
    const state = foldJournal(stored.entries);
    throw refusal(command, summary, standingOf(stored.plan, state, this.#actions));
  }

  summaries(alive: boolean): RunSummary[] {
    return this.#files.store.ids().flatMap((id) => this.summaryOf(id, alive) ?? []);
  }

  /** Undefined when there is no such run. One that is damaged must not hide the others. */
  summaryOf(id: string, alive: boolean): RunSummary | undefined {
    const { store, claim } = this.#files;
    if (!store.ids().includes(id)) return undefined;
    try {
      return summarise(store.read(id), this.context(alive));
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      return damagedSummary({ id, folder: store.folderOf(id), holder: claim.holder() });
    }
  }

  context(alive: boolean): Parameters<typeof summarise>[1] {
    return { actions: this.#actions, holder: this.#files.claim.holder(), alive };
  }
}

function leftBehind({ plan, entries }: StoredRun, actions: ActionRegistry): boolean {
  return leavesEffects(plan, foldJournal(entries), actions);
}
