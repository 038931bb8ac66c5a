import { PreflightError, StepError, VerificationError, type ExitCode } from '../../contract/errors.ts';
import type { RunResult } from '../../engine/types.ts';
import { wantsSiteName } from './approval.ts';
import { confirmDemands, demandsOf } from './demands.ts';
import { refuseWithoutDrill } from './drill-foreseen.ts';
import { BACKUP_PARAM } from './hop-runbooks.ts';
import type { Stop } from './itinerary.ts';
import { lookBeforeBackup } from './look-before.ts';
import type { JourneyCollaborators } from './ports.ts';
import type { HopRecord, JourneyRecord } from './record.ts';
import { differences } from './site-state.ts';
import { nextAct, settle, type Act } from './stage.ts';

/** How far one call brought a journey. */
export interface JourneyEnd {
  readonly exitCode: ExitCode;
  readonly record: JourneyRecord;
}

/**
 * Goes on with a journey until its end, or until a run of it stops or fails. What is known is on disk before each run, so that a
 * kill at any moment leaves a record that the next call goes on from.
 * @throws PreflightError (3), ConfirmationError (4), BusyError (6) before anything further is changed.
 */
export async function carryOut(
  given: JourneyRecord,
  stops: readonly Stop[],
  c: JourneyCollaborators,
): Promise<JourneyEnd> {
  return new Journey(given, stops, c).carryOut();
}

class Journey {
  readonly #stops: readonly Stop[];
  readonly #c: JourneyCollaborators;
  #record: JourneyRecord;
  #exitCode: ExitCode = 0;

  constructor(record: JourneyRecord, stops: readonly Stop[], c: JourneyCollaborators) {
    this.#record = record;
    this.#stops = stops;
    this.#c = c;
  }

  async carryOut(): Promise<JourneyEnd> {
    for (let anew = true; ; anew = false) {
      const runs = await this.#c.engine.runs();
      const before = this.#record;
      await this.#save(settle(before, runs, anew));
      this.#tellSettled(before);
      const act = nextAct(this.#record, runs);
      if (act.do === 'end') return this.#arrive();
      const ended = await this.#doAct(act);
      if (ended !== undefined) return { exitCode: ended, record: this.#record };
    }
  }

  /** Gives an exit code when the journey cannot go on now. */
  async #doAct(act: Exclude<Act, { do: 'end' }>): Promise<ExitCode | undefined> {
    const stop = this.#stop(act.hop);
    switch (act.do) {
      case 'begin':
        return this.#begin(act.hop, stop);
      case 'prove':
        return this.#prove(act.hop, act.run);
      case 'carry-out':
        return this.#run(act.hop, stop, act.set);
      case 'resume':
        return this.#resume(act, stop);
    }
  }

  /** From the beginning of a hop to its proven safety backup; all of it where its run makes one itself. */
  async #begin(at: number, stop: Stop): Promise<ExitCode | undefined> {
    const { hop, number } = stop;
    const { kind, from, to } = hop;
    this.#c.tell({ type: 'hop', hop: number, of: this.#stops.length, kind, from, to });
    await this.#compare(stop);
    const { confirmed } = this.#hop(at);
    if (confirmed === undefined) {
      const answer = await confirmDemands(stop, this.#c);
      if (answer !== undefined) await this.#saveHop(at, { ...this.#hop(at), confirmed: answer });
    }
    if (stop.backup === undefined) return this.#run(at, stop);
    await lookBeforeBackup(stop, this.#c);
    if (wantsSiteName(stop) && this.#c.options({}).approvals.destroy === undefined)
      this.#c.tell({ type: 'hop-approval', hop: number, site: this.#c.site });
    this.#c.tell({ type: 'hop-backup', hop: number });
    const { plan, secretParams } = await this.#c.plan(stop.backup, this.#c.signal);
    refuseWithoutDrill(plan, number);
    const result = await this.#c.show(() =>
      this.#c.engine.run(plan, {
        ...this.#c.options(secretParams),
        begun: (run) =>
          this.#saveHop(at, {
            ...this.#hop(at),
            state: 'backing-up',
            backup: { run },
            startedAt: this.#now(),
          }),
      }),
    );
    return this.#ended(result, stop, 'backup');
  }

  async #prove(at: number, run: string): Promise<undefined> {
    const own = (await this.#c.sets()).filter((set) => set.run === run && set.state === 'complete');
    const set = own.findLast(({ provenAt }) => provenAt !== undefined);
    if (set === undefined)
      throw new VerificationError(
        `run ${run} made no backup set that is proven restorable, and no hop is begun without one`,
        {
          hint: '`sense-runbook backups` lists the sets; `sense-runbook backups drill SET` says what is wrong.',
        },
      );
    await this.#saveHop(at, { ...this.#hop(at), state: 'backed-up', backup: { run, set: set.id } });
    return undefined;
  }

  async #run(at: number, stop: Stop, set?: string): Promise<ExitCode | undefined> {
    const { number, runbook, params } = stop;
    this.#c.tell({ type: 'hop-run', hop: number, runbook, ...(set === undefined ? {} : { set }) });
    const request = { runbook, params: { ...params, ...(set === undefined ? {} : { [BACKUP_PARAM]: set }) } };
    const { plan, secretParams } = await this.#c.plan(request, this.#c.signal);
    const result = await this.#c.show(() =>
      this.#c.engine.run(plan, {
        ...this.#c.options(secretParams),
        begun: (run) =>
          this.#saveHop(at, { startedAt: this.#now(), ...this.#hop(at), state: 'running', run }),
      }),
    );
    return this.#ended(result, stop, 'hop');
  }

  async #resume({ run, part }: Extract<Act, { do: 'resume' }>, stop: Stop): Promise<ExitCode | undefined> {
    this.#c.tell({ type: 'hop-resume', hop: stop.number, part, run });
    const secrets = part === 'hop' ? stop.secrets : [];
    const secretParams = Object.fromEntries(
      Object.entries(stop.params).filter(([name]) => secrets.includes(name)),
    );
    const result = await this.#c.show(() => this.#c.engine.resume(run, this.#c.options(secretParams)));
    return this.#ended(result, stop, part);
  }

  /** Undefined when the run is done. */
  #ended(result: RunResult, stop: Stop, part: 'backup' | 'hop'): ExitCode | undefined {
    const { run, exitCode, outcome } = result;
    const { number, hop } = stop;
    const of = this.#stops.length;
    if (outcome === 'done' && (exitCode === 0 || exitCode === 8)) {
      if (exitCode === 8) this.#exitCode = 8;
      return undefined;
    }
    const set = this.#hop(number - 1).backup?.set;
    if (exitCode === 75) this.#c.tell({ type: 'hop-stopped', hop: number, of, run });
    else
      this.#c.tell({
        type: 'hop-failed',
        hop: number,
        of,
        part,
        run,
        exitCode,
        ...(part === 'hop' ? { wayBack: hop.wayBack } : {}),
        ...(set === undefined ? {} : { set }),
      });
    return exitCode === 0 || exitCode === 8 ? 1 : exitCode;
  }

  /** The site must be where the plan has it before a hop. @throws PreflightError */
  async #compare({ number, hop }: Stop): Promise<void> {
    const sight = await this.#c.side.sight(this.#c.signal);
    for (const text of sight.notes) this.#c.tell({ type: 'hop-note', hop: number, text });
    const found = differences(hop.stateBefore, sight);
    if (found.length > 0)
      throw new PreflightError(
        [
          `the site is not as the plan has it before hop ${String(number)}:`,
          ...found.map((line) => `  ${line}`),
        ].join('\n'),
        {
          hint: 'Plan again from what is there, or put right what differs. To carry out another plan, first give this one up: sense-runbook upgrade abandon',
          changed: `nothing by this hop; ${String(number - 1)} of ${String(this.#stops.length)} hops are done`,
        },
      );
  }

  /** Every hop is done: is the whole site where the plan leads? @throws StepError */
  async #arrive(): Promise<JourneyEnd> {
    const last = this.#stops.at(-1);
    if (last !== undefined) {
      const sight = await this.#c.side.sight(this.#c.signal);
      const found = differences(last.hop.stateAfter, sight);
      if (found.length > 0)
        throw new StepError(
          [
            'every hop is done, but the site is not where the plan leads:',
            ...found.map((line) => `  ${line}`),
          ].join('\n'),
          {
            hint: 'Look at the nodes named. This command again compares once more; the runs tell what was done: sense-runbook runs',
            changed: `${String(this.#stops.length)} hops were carried out.`,
          },
        );
    }
    await this.#save({ ...this.#record, state: 'done', endedAt: this.#now() });
    return { exitCode: this.#exitCode, record: this.#record };
  }

  /** What became of runs since: hops that are done, and those that begin anew. */
  #tellSettled(before: JourneyRecord): void {
    for (const [at, hop] of this.#record.hops.entries()) {
      const { state, run } = before.hops[at] ?? hop;
      const stop = this.#stop(at);
      const { number } = stop;
      const { to } = stop.hop;
      if (hop.state === 'done' && state !== 'done')
        this.#c.tell({
          type: 'hop-done',
          hop: number,
          of: this.#stops.length,
          to,
          ...(run === undefined ? {} : { run }),
          after: demandsOf(stop, 'after'),
        });
      if (hop.state === 'waiting' && state === 'running')
        this.#c.tell({
          type: 'hop-note',
          hop: number,
          text: `run ${run ?? ''} was put back or given up: the hop begins anew, with a backup of its own`,
        });
    }
  }

  #stop(at: number): Stop {
    const stop = this.#stops[at];
    if (stop === undefined) throw new Error(`the record has a hop ${String(at + 1)} that the plan has not`);
    return stop;
  }

  #hop(at: number): HopRecord {
    const hop = this.#record.hops[at];
    if (hop === undefined) throw new Error(`the record has no hop ${String(at + 1)}`);
    return hop;
  }

  async #saveHop(at: number, hop: HopRecord): Promise<void> {
    await this.#save({ ...this.#record, hops: this.#record.hops.with(at, hop) });
  }

  async #save(record: JourneyRecord): Promise<void> {
    this.#record = record;
    await this.#c.side.store.write(record);
  }

  #now(): string {
    return this.#c.clock.now().toISOString();
  }
}
