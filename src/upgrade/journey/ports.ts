import type { JsonObject } from '../../contract/json.ts';
import type { Plan } from '../../contract/plan.ts';
import type { Engine, RunOptions, RunResult } from '../../engine/types.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { Demand, HopKind, Reason } from '../types.ts';
import type { JourneyStore } from './record.ts';
import type { RunbookParam } from './settings.ts';
import type { UpgradeSight } from './site-state.ts';

/** What an opened site has for journeys. */
export interface UpgradeSide {
  readonly store: JourneyStore;
  /** Who works here, for the record. */
  readonly who: string;
  /** What the site file calls the release; it may be of before. */
  readonly release: string | undefined;
  /** Looks at every node and the database server; changes nothing. */
  sight(signal: AbortSignal): Promise<UpgradeSight>;
  /** The parameters of a runbook; undefined when there is no such one. @throws UsageError when it cannot be read. */
  params(runbook: string): Promise<readonly RunbookParam[] | undefined>;
  /** Keeps a second `upgrade run` on this site away. @throws BusyError */
  lock(): Promise<{ release(): Promise<void> }>;
}

/** What a journey tells while it goes on. `hop` counts from 1. */
export type JourneyEvent =
  | {
      readonly type: 'hop';
      readonly hop: number;
      readonly of: number;
      readonly kind: HopKind;
      readonly from: string;
      readonly to: string;
    }
  | { readonly type: 'hop-note'; readonly hop: number; readonly text: string }
  | { readonly type: 'hop-demands'; readonly hop: number; readonly demands: readonly Demand[] }
  /** The run of the hop will want the name of the site. */
  | { readonly type: 'hop-approval'; readonly hop: number; readonly site: string }
  | { readonly type: 'hop-backup'; readonly hop: number }
  /** `set`: its safety backup; absent where the run makes one itself. */
  | { readonly type: 'hop-run'; readonly hop: number; readonly runbook: string; readonly set?: string }
  | {
      readonly type: 'hop-resume';
      readonly hop: number;
      readonly part: 'backup' | 'hop';
      readonly run: string;
    }
  | {
      readonly type: 'hop-done';
      readonly hop: number;
      readonly of: number;
      readonly to: string;
      readonly run?: string;
      readonly after: readonly Demand[];
    }
  | { readonly type: 'hop-stopped'; readonly hop: number; readonly of: number; readonly run: string }
  | {
      readonly type: 'hop-failed';
      readonly hop: number;
      readonly of: number;
      readonly part: 'backup' | 'hop';
      readonly run: string;
      readonly exitCode: number;
      /** Of a failed backup nothing has to be taken back. */
      readonly wayBack?: Reason;
      readonly set?: string;
    };

/** What carrying out a journey needs. */
export interface JourneyCollaborators {
  readonly engine: Pick<Engine, 'run' | 'resume' | 'runs' | 'preflight'>;
  /** Its name. */
  readonly site: string;
  readonly side: UpgradeSide;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  plan(
    request: { readonly runbook: string; readonly params: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<{ readonly plan: Plan; readonly secretParams: JsonObject }>;
  sets(): Promise<
    readonly {
      readonly id: string;
      readonly state: string;
      readonly run?: string;
      readonly provenAt?: string;
    }[]
  >;
  /** Shows a run while it goes on, and how it ended. */
  show(work: () => Promise<RunResult>): Promise<RunResult>;
  tell(event: JourneyEvent): void;
  options(secretParams: JsonObject): RunOptions;
  readonly canAsk: boolean;
  confirm(question: string): Promise<boolean>;
  /** Numbers of hops whose demands were confirmed by flag. */
  readonly confirmed: ReadonlySet<number>;
}
