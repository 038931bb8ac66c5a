import type { ExitCode } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { CertificateInfo, Exec } from '../contract/node.ts';
import type { Plan } from '../contract/plan.ts';
import type { DatabaseRequest } from '../discovery/site-database.ts';
import type { Engine, RunSummary } from '../engine/types.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import type { SecretStore } from '../site/secret-store.ts';
import type { Exported, ExportOptions } from '../vault/export-set.ts';
import type { Standing } from '../vault/restic/standing.ts';
import type { RetentionPolicy } from '../vault/retention.ts';
import type { SetSource, SetSummary, Vault, Verification } from '../vault/vault.ts';
import type { Asker } from '../ui/prompter.ts';
import type { Display } from '../ui/display.ts';
import type { SetFacts } from '../report/set-view.ts';
import type { PlanView } from '../report/plan-view.ts';
import type { UpgradeSide } from '../upgrade/journey/ports.ts';
import type { JourneyRecord } from '../upgrade/journey/record.ts';
import type { KnownOfSite } from '../upgrade/known-of-site.ts';

/** Flags that every command has, before or after its name. */
export interface GlobalFlags {
  readonly site: string | undefined;
  readonly json: boolean;
  readonly strict: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** Where a command writes. `out` is only for the result. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** A runbook that can be planned, as `runbooks` lists it. */
export interface RunbookEntry {
  readonly name: string;
  readonly title: string;
  readonly source?: string;
  readonly file: string;
  /** What is wrong with it; such a one is listed, and cannot be run. */
  readonly error?: string;
}

/** A runbook, by name or by the path of its YAML file, and the parameters as given with `--set`. */
export interface PlanRequest {
  readonly runbook: string;
  readonly params: Readonly<Record<string, string>>;
}

/** A plan, and the secret parameters that are in no file. */
export interface PlannedRun {
  readonly plan: Plan;
  readonly secretParams: JsonObject;
}

/** An offsite copy of the vault. */
export interface OffsiteCopy {
  readonly name: string;
  /** Asks the repository. */
  readonly sets: Pick<SetSource, 'root' | 'list' | 'read' | 'verify' | 'histories'>;
}

/** What a monitor asks of a site. */
export interface WatchedSite {
  readonly name: string;
  readonly warnings: readonly string[];
  sets(): Promise<readonly SetSummary[]>;
  /** Where the offsite copies stand as against the sets of the vault; asks none of them. */
  copies(sets: readonly SetSummary[]): Promise<readonly Standing[]>;
  /** The run that holds the site. */
  unfinished(): Promise<RunSummary | undefined>;
  /** The upgrade that was carried out last, or is unfinished. */
  journey(): Promise<JourneyRecord | undefined>;
  /** Certificates of every node that answers, and one warning for every node that does not. */
  certificates(): Promise<{ found: (CertificateInfo & { node: string })[]; warnings: string[] }>;
}

/** A run that holds the site; or its identifier, and why it cannot be told how it stands. */
export type WaitingRun = { readonly run: RunSummary } | { readonly id: string; readonly trouble: string };

/** Everything that a command does with one site. */
export interface OpenedSite {
  readonly name: string;
  readonly warnings: readonly string[];
  readonly engine: Engine;
  /** What carrying out an upgrade needs. */
  readonly upgrade: UpgradeSide;
  readonly vault: Pick<Vault, 'list' | 'read' | 'verify' | 'root' | 'histories'>;
  /** Which sets stay, by the site file; undefined: all. */
  readonly retention: RetentionPolicy | undefined;
  /** Writes the verdict on a set of the vault, or of that copy, into its history; gives warnings when that cannot be done. */
  recordVerification(verification: Verification, copy?: string): Promise<string[]>;
  /** What a complete set tells of itself besides its manifest. */
  setFacts(set: Pick<SetSummary, 'id' | 'path'>, copy?: string): Promise<Omit<SetFacts, 'manifest'>>;
  /** Packs a set into one archive; see `exportSet` of the vault. */
  exportSet(
    request: Pick<ExportOptions, 'id' | 'file' | 'recipients' | 'signal' | 'onProgress'>,
  ): Promise<Exported>;
  /** The offsite copies of the site file, in its order. */
  readonly copies: readonly OffsiteCopy[];
  /** @throws UsageError for an unknown runbook or parameter; PreflightError when it cannot be resolved. */
  plan(request: PlanRequest, signal: AbortSignal): Promise<PlannedRun>;
  /**
   * Plans again what a saved plan says; `params` gives its secret parameters, which are in no file.
   * `differences`: what of the saved plan no longer holds, one plain line each; empty when it still does.
   * @throws UsageError when the text is no plan, or a plan of another site.
   */
  planSaved(
    saved: { readonly text: string; readonly file: string },
    params: PlanRequest['params'],
    signal: AbortSignal,
  ): Promise<PlannedRun & { readonly differences: readonly string[] }>;
}

/** Secrets of unattended runs, by name. */
type Secrets = Pick<SecretStore, 'set' | 'details' | 'remove'>;

/** The scheduler of this machine, for one site. */
export interface OpenedSchedule {
  readonly site: string;
  readonly scheduler: Scheduler;
  /** A kept secret, hidden in all output from then on. @throws UsageError */
  readSecret(name: string): Promise<string>;
  /** Hides a text in all output from then on. */
  hide(text: string): void;
}

/** What a person said of a site that has no file yet. */
interface SiteRequest {
  readonly name: string | undefined;
  readonly database: DatabaseRequest;
}

/** A proposal for a site file: what was found and the text to write. */
interface SiteProposal {
  readonly text: string;
  readonly found: readonly string[];
  readonly missing: readonly string[];
}

/** What a site says of itself, for the plan of an upgrade. */
export interface SiteStart {
  readonly known: KnownOfSite;
  /** Path of the site file. */
  readonly file: string;
  /** What could not be found out, and what is odd about the file. */
  readonly notes: readonly string[];
}

/** The collaborators of every command; main makes them, tests give their own. */
export interface CommandContext {
  readonly flags: GlobalFlags;
  readonly output: Output;
  readonly cwd: string;
  readonly clock: Clock;
  readonly asker: Asker;
  readonly stdin: NodeJS.ReadableStream;
  /** Aborted by the first Ctrl+C with an InterruptedError. */
  readonly signal: AbortSignal;
  /** Aborted by the second one. */
  readonly hurry: AbortSignal;
  readonly tool: string;
  /** Loads the site file and makes everything that works on the site. @throws UsageError. */
  openSite(): Promise<OpenedSite>;
  /** Loads the site file and only what looks at the site. @throws UsageError. */
  watchSite(): Promise<WatchedSite>;
  /** The run that holds the site, for commands that need no site file; undefined where there is none that can be read. */
  waitingRun(): Promise<WaitingRun | undefined>;
  /**
   * Lets `work` build a simulated copy of the site and use it as if it were the site; the copy is removed in the end,
   * whatever happened. Of the real site only its file is read. @throws UsageError, PreflightError without PostgreSQL.
   */
  rehearse<T>(work: (name: string, build: () => Promise<OpenedSite>) => Promise<T>): Promise<T>;
  /** Says that Ctrl+C must not end the process at once from now on. */
  beginEffects(): void;
  /** Shows the events of the engine from now on. */
  startDisplay(): Promise<Display>;
  runbooks(): Promise<RunbookEntry[]>;
  /** A runbook as a procedure, from its file alone: no site is needed. @throws UsageError when there is no such one. */
  procedure(name: string): Promise<PlanView>;
  secrets(): Promise<Secrets>;
  /** @throws UsageError */
  schedule(): Promise<OpenedSchedule>;
  /** Looks at this machine and its database; `ask`: a person may be asked for its password. @throws ExpectedError */
  proposeSite(request: SiteRequest & { readonly ask: boolean }): Promise<SiteProposal>;
  /** Looks at the site of the site file; undefined where there is none and none was named. @throws UsageError */
  upgradeStart(): Promise<SiteStart | undefined>;
  /** Path of the site file that commands take, which is not read; undefined where there is none. */
  siteFile(): Promise<string | undefined>;
  /** Runs programs of this machine. */
  exec(): Promise<Exec>;
  /** How this tool is started: node and the bundle. */
  readonly program: readonly string[];
}

/** A command's work; gives the exit code. */
export type CommandWork = (context: CommandContext) => Promise<ExitCode>;

/** Sets as commands hand them around. */
export type { SetSummary };
