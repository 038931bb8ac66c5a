/**
 * What a person or discovery knows of the site. A field that is absent is unknown: the planner takes the worse answer,
 * says so in {@link UpgradePlan.questions}, and tells what another answer would change.
 */
export interface UpgradeStart {
  /**
   * Release, leniently written: `August 2022`, `aug 2022`, `2022-08`, `3.1 SR1`; a patch may stand in it
   * (`August 2022 Patch 5`), and wins over an absent `patch`. The one thing that must be known.
   */
  readonly release: string;
  /** Number of the newest patch that is installed (1 or more), or `none` for the initial release. */
  readonly patch?: number | 'none';
  /** Release with which the site began, written as `release`: the age of its certificates. */
  readonly firstInstalled?: string;
  readonly postgres?: PostgresStart;
  /** June 2017 and later have `shared` only, and such a site needs no answer. */
  readonly persistence?: Persistence;
  /** Who runs the services. */
  readonly serviceAccount?: ServiceAccount;
  /** Whether PostgreSQL is asked over SSL, or has it switched on: setup cannot use it (manual 3.3, p. 168). */
  readonly ssl?: boolean;
  /** Number of nodes with the central one; 1 when absent is not assumed, it is asked. */
  readonly nodes?: number;
  /** Qlik Sense was uninstalled and its database kept: `release` is what was uninstalled. Absent: false. */
  readonly uninstalled?: boolean;
  /** Names of the databases on the server, in any case (`QSR`, `SenseServices`, `QSMQ`, `Licenses`, `QLogs`). */
  readonly databases?: readonly string[];
  readonly passwordEncryption?: 'md5' | 'scram-sha-256';
  readonly centralizedLogging?: boolean;
  /** Version of the .NET Framework, as `4.7.2`, `4.8`. */
  readonly dotNet?: string;
  /** Whether Visual C++ 2019 (2015-2019) is installed. */
  readonly visualCpp?: boolean;
  /** Name of Windows, as `Windows Server 2016`. */
  readonly windows?: string;
  /** Version of PowerShell, as `5.1`. */
  readonly powerShell?: string;
  /** Execution policy of PowerShell, as `AllSigned`. */
  readonly executionPolicy?: string;
  readonly pendingReboot?: boolean;
  readonly avx?: boolean;
  /** Free bytes on the disk that Qlik Sense is installed on. */
  readonly freeBytes?: number;
  /** Files among those that setup keeps which were changed by hand, as `Repository.exe.config`. */
  readonly changedConfig?: readonly string[];
  readonly capabilitiesChanged?: boolean;
  /** Proxy settings are in `services.conf`. */
  readonly proxySettings?: boolean;
}

/** The kind of a PostgreSQL server: `bundled` came with Qlik Sense, `qpi` is what the Qlik PostgreSQL Installer made of it. */
export type PostgresKind = 'bundled' | 'qpi' | 'standalone' | 'managed';

type Persistence = 'shared' | 'synchronized';

type ServiceAccount = 'user' | 'local-system';

export interface PostgresStart {
  /** `9.3`, `9.6`, `12.5`, `14.17`, `15`: major version, with or without the rest. */
  readonly version?: string;
  readonly kind?: PostgresKind;
  /** Whether it is on another machine than the central node; by itself true for `managed`, false for `bundled` and `qpi`. */
  readonly remote?: boolean;
}

/** Where to. */
export interface UpgradeGoal {
  /** Release, leniently written, with a patch when that very patch is wanted; without one any patch level is the goal. */
  readonly to: string;
}

export interface PlanOptions {
  /** How many other ways to add besides the recommended ones, cheapest first. Default 0. */
  readonly alternatives?: number;
  /**
   * Which path becomes the plan: the cheapest when absent, `advice` for the cheapest that follows all advice which can be followed
   * together, or the number of an alternative, from 1 on as they are listed without this.
   */
  readonly choose?: 'advice' | number;
  /** Minutes that a kind of hop takes on one node, as measured on this site; instead of the tool's planning figures. */
  readonly minutes?: Partial<Readonly<Record<HopKind, number>>>;
}

/**
 * `A`: the manual says so. `B`: a named public source says so. `C`: inference, or the tool's own planning figure; always
 * shown as such, for a person to check.
 */
export type Confidence = 'A' | 'B' | 'C';

/** A fact that a plan rests on. */
export interface Reason {
  /** Id of the rule, kebab-case; `upgrade rules` lists them. */
  readonly rule: string;
  /** Plain sentence. */
  readonly text: string;
  /** `3.3, p. 166` for Qlik's manual, or where else it is said. */
  readonly source: string;
  readonly confidence: Confidence;
}

/** What a hop demands of a person or of the tool, in the order of the list. */
export interface Demand extends Reason {
  /** `human`: a person has to do or confirm it, `tool`: `upgrade run` does it, `check`: `upgrade run` looks that it is so. */
  readonly by: 'human' | 'tool' | 'check';
  readonly on: 'central' | 'rims' | 'all' | 'database' | 'site';
  /** False when it is unknown whether it applies here (the text says "if"). */
  readonly certain: boolean;
}

/**
 * - `upgrade`: `Qlik_Sense_setup.exe` of a later release, on every node.
 * - `uninstall-patch`: all patches are uninstalled; the initial release is what is left.
 * - `patch`: `Qlik_Sense_update.exe`; only as the last hop, when the goal names a patch.
 * - `postgres-qpi`: the Qlik PostgreSQL Installer makes 14.17 of a bundled 9.6 or 12.x.
 * - `postgres-standalone`: dump and restore into another version, for kinds qpi, standalone and managed.
 * - `upgrade-after-uninstall`: a later or the same release is installed over the databases of an uninstalled one (manual 3.6).
 */
export const HOP_KINDS = [
  'upgrade',
  'uninstall-patch',
  'patch',
  'postgres-qpi',
  'postgres-standalone',
  'upgrade-after-uninstall',
] as const;

/** One of them. */
export type HopKind = (typeof HOP_KINDS)[number];

/** The site before and after a hop. */
export interface HopState {
  /** As the vendor writes it, without a patch: `November 2020`. */
  readonly release: string;
  /** `unknown` only where the start's was unknown. */
  readonly patch: number | 'none' | 'unknown';
  readonly postgres: {
    /** `9.3`, `9.6`, `12.5`, `14.17`, `14` ...; assumed where {@link UpgradePlan.questions} says so. */
    readonly version: string;
    readonly kind: PostgresKind;
    readonly remote: boolean;
  };
  readonly uninstalled: boolean;
}

export interface DowntimeEstimate {
  /** How long the site is down in this hop. An estimate, whatever it rests on. */
  readonly minutes: number;
  /** `about 1 h 15 min`. */
  readonly text: string;
  /** How it was come to, in numbers: `3 nodes x 30 min setup + ...; planning figures, not measured here`. */
  readonly basis: string;
  /** True when it rests on minutes that were given (`PlanOptions.minutes`). */
  readonly measured: boolean;
}

export interface UpgradeHop {
  readonly kind: HopKind;
  /** What changes: releases (`August 2022 Patch 5`), for the PostgreSQL kinds `PostgreSQL 9.6`. */
  readonly from: string;
  readonly to: string;
  readonly stateBefore: HopState;
  readonly stateAfter: HopState;
  /** Which rules force this hop; never empty. The last hop, to the goal, has rule `goal`. */
  readonly reasons: readonly Reason[];
  readonly before: readonly Demand[];
  readonly during: readonly Demand[];
  readonly after: readonly Demand[];
  /** How this hop is taken back. */
  readonly wayBack: Reason;
  /** After what there is no way back but a restore of the backup made before; null when there is another one throughout. */
  readonly pointOfNoReturn: string | null;
  readonly downtime: DowntimeEstimate;
}

/** Another path: `recommended` ones follow advice of the manual that is not force. */
export interface AlternativePath {
  readonly recommended: boolean;
  /** What it is about, in a few words: `February 2021 after November 2020`. */
  readonly title: string;
  readonly reasons: readonly Reason[];
  readonly hops: readonly UpgradeHop[];
  readonly downtime: DowntimeEstimate;
}

/** An answer that the plan needs. */
export interface Question {
  /** Field of {@link UpgradeStart}, dotted: `patch`, `postgres.version`. */
  readonly field: string;
  readonly ask: string;
  /** Flag or command that answers it. */
  readonly how: string;
  /** What was taken for the answer. */
  readonly assumed: string;
  /** What other answers would change; empty when the hops stay the same. */
  readonly otherwise: readonly { readonly answer: string; readonly effect: string }[];
  /** The answer decides about a single step alone, which begins with "If" meanwhile. */
  readonly detail?: true;
}

/** What stands in the way, when no path exists. */
export interface Blocker extends Reason {
  /** What would open the way. */
  readonly opens: string;
}

/**
 * The plan, as `--format json` prints it and `upgrade run` reads it. Grows by adding only.
 *
 * The path is the cheapest: fewest hops, then least downtime, then the newest releases to stop at. These rules forbid a
 * move; nothing else does (`R` is the release before, `T` the one after, `PG` the version before):
 * - `no-downgrade`: T later than R, for `upgrade`; T same as or later than R for `upgrade-after-uninstall`.
 * - `june-2017-first`: R of 3.1 SR1 or older: T not later than June 2017, and no stop at 3.1 SR2 to 3.2 SR5 when the goal is June 2017 or later.
 * - `november-2020-first`: R before November 2020: T not later than November 2020.
 * - `postgres-9-6-blocks`: PG of 9.6 or older on the central node: T before August 2023. `postgres-9-6-unsupported`: the same for
 *   PG elsewhere (an inference). `postgres-too-old`: PG 10 or 11: T before August 2023 (an inference). Not in an
 *   `upgrade-after-uninstall` of a bundled database, which goes into the fresh server that T brings.
 * - `postgres-9-3-standalone`: PG 9.3 and not bundled: T before June 2017 (an inference). Bundled: becomes 9.6 with T from June 2017 on.
 * - `postgres-9-3-gone`: PG 9.3 with R of June 2017 or later cannot be: no `upgrade` then (an inference).
 * - `qpi-release`: `postgres-qpi` only on February 2022 and later. `qpi-initial`: only on an initial release (patch `none`).
 *   `qpi-bundled`: only kind bundled, PG 9.6 or 12.x. Result: 14.17, kind `qpi`.
 * - `standalone-target`: `postgres-standalone` not for kind bundled; from 9.6, 10, 11, 12 or 13 to 14, on February 2022 and later; from 9.3
 *   to 9.6, before June 2017.
 * - `uninstall-patch` only where a patch is installed, or may be (unknown). `patch` only on the goal's release, to the goal's patch,
 *   from `none`, `unknown` or a lower number.
 * - `windows-too-old`: start.windows known and older than Server 2016 or Windows 10: T before May 2025.
 * - While `uninstalled`, `upgrade-after-uninstall` is the only move, and only then it is one. After it: patch `none`; a bundled
 *   PG is what a fresh T brings (9.6 June 2017 to February 2021, 12.5 May 2021 to May 2023, 14.8 August 2023 to November 2024, 14.17 from
 *   May 2025, 9.3 before June 2017), others stay.
 * - The goal is reached when the release is the goal's and, where the goal names a patch, so is the patch.
 *
 * Advice that forbids nothing, but gives a recommended alternative where the path does not follow it:
 * `february-2021-advised` (a hop from November 2020 or older to later than February 2021), `latest-before-qpi` (QPI on an older release than the
 * latest that can be reached before it), `june-2017-for-synchronized` (persistence synchronized: a stop at June 2017),
 * `leave-postgres-9-6` (9.6 is still there
 * at a goal from August 2022 on), `leave-postgres-12` (12.x is still there at a goal from August 2023 on).
 */
export interface UpgradePlan {
  readonly schemaVersion: 1;
  readonly kind: 'upgrade-plan';
  readonly reachable: boolean;
  /** As the vendor writes it: `August 2022 Patch 5`. */
  readonly from: string;
  readonly to: string;
  /** What the plan starts from, as given; `upgrade run` compares it with the site. */
  readonly start: UpgradeStart;
  /** What was chosen instead of the cheapest path, which is among the alternatives then; absent: the hops are the cheapest path. */
  readonly chosen?: Pick<AlternativePath, 'recommended' | 'title' | 'reasons'>;
  /** In order; empty when not reachable, and when the site is at its goal. */
  readonly hops: readonly UpgradeHop[];
  /** Sum over the hops. */
  readonly downtime: DowntimeEstimate;
  readonly alternatives: readonly AlternativePath[];
  readonly questions: readonly Question[];
  readonly warnings: readonly Reason[];
  /** Empty when reachable. */
  readonly blockedBy: readonly Blocker[];
}
