import { Readable } from 'node:stream';
import { vi } from 'vitest';
import type { CommandContext, GlobalFlags, OpenedSite, WatchedSite } from '../../../src/commands/context.ts';
import { COMMANDS } from '../../../src/commands/all-commands.ts';
import { createProgram } from '../../../src/commands/program.ts';
import type { ExitCode } from '../../../src/contract/errors.ts';
import type { Engine, RunResult } from '../../../src/engine/types.ts';
import type { UpgradeSide } from '../../../src/upgrade/journey/ports.ts';
import type { SetSummary } from '../../../src/vault/vault.ts';
import { samplePlan, sampleReport } from '../report/samples.ts';
import { fakeClock } from '../ui/streams.ts';

/** A result of a run that went well. */
export function sampleResult(changes: Partial<RunResult> = {}): RunResult {
  return {
    run: 'r1',
    folder: '/s/runs/r1',
    outcome: 'done',
    exitCode: 0,
    durationMs: 185_000,
    downtime: { quietMs: 40_000, downtimeMs: 52_300 },
    warnings: [],
    checks: [],
    ...changes,
  };
}

/** A complete set. */
export const SET: SetSummary = {
  id: '20261124T010000Z-ab12cd',
  path: '/vault/acme/20261124T010000Z-ab12cd',
  state: 'complete',
  createdAt: '2026-11-24T01:00:00.000Z',
  bytes: 1000,
};

/** An engine whose every method is a recording fake. */
export function fakeEngine(changes: Partial<Engine> = {}): Engine {
  return {
    preflight: vi.fn(() => Promise.resolve([])),
    run: vi.fn(() => Promise.resolve(sampleResult())),
    resume: vi.fn(() => Promise.resolve(sampleResult())),
    rollback: vi.fn(() => Promise.resolve(sampleResult({ outcome: 'rolled-back' }))),
    recover: vi.fn(() => Promise.resolve(undefined)),
    abandon: vi.fn(() => Promise.resolve([])),
    kept: vi.fn(() => Promise.resolve([])),
    cleanup: vi.fn(() => Promise.resolve(sampleResult({ downtime: {} }))),
    runs: vi.fn(() => Promise.resolve([])),
    report: vi.fn(() => Promise.resolve(sampleReport())),
    plan: vi.fn(() => Promise.resolve(samplePlan())),
    unfinished: vi.fn(() => Promise.resolve(undefined)),
    ...changes,
  };
}

/** A site on which no upgrade was begun, and of which nothing is known. */
export function fakeUpgradeSide(changes: Partial<UpgradeSide> = {}): UpgradeSide {
  return {
    store: {
      file: '/s/upgrade.json',
      read: () => Promise.resolve(undefined),
      write: () => Promise.reject(new Error('not expected')),
      putAside: () => Promise.reject(new Error('not expected')),
    },
    who: 'erin on qs1',
    release: undefined,
    sight: () => Promise.resolve({ nodes: [], notes: [] }),
    params: () => Promise.resolve([]),
    lock: () => Promise.resolve({ release: () => Promise.resolve() }),
    ...changes,
  };
}

/** A site whose vault holds one set. */
export function fakeSite(changes: Partial<OpenedSite> = {}): OpenedSite {
  return {
    name: 'acme',
    warnings: [],
    engine: fakeEngine(),
    upgrade: fakeUpgradeSide(),
    vault: {
      root: '/vault/acme',
      list: vi.fn(() => Promise.resolve([SET])),
      histories: vi.fn(() => Promise.resolve([])),
      read: vi.fn(() => Promise.reject(new Error('not expected'))),
      verify: vi.fn(() =>
        Promise.resolve({ set: SET.id, ok: true, files: 1, bytes: 1, durationMs: 1, damage: [] }),
      ),
    },
    retention: undefined,
    setFacts: vi.fn(() => Promise.reject(new Error('not expected'))),
    exportSet: vi.fn(() => Promise.reject(new Error('not expected'))),
    recordVerification: vi.fn(() => Promise.resolve([])),
    copies: [],
    plan: vi.fn(() => Promise.resolve({ plan: samplePlan({ checks: [], warnings: [] }), secretParams: {} })),
    planSaved: vi.fn(() => Promise.reject(new Error('not expected'))),
    ...changes,
  };
}

/** What a monitor sees of a fake site. */
export function watched(site: OpenedSite): WatchedSite {
  return {
    name: site.name,
    warnings: site.warnings,
    sets: () => site.vault.list(),
    copies: () => Promise.resolve([]),
    unfinished: () => site.engine.unfinished(),
    journey: () => site.upgrade.store.read(),
    certificates: () => Promise.resolve({ found: [], warnings: [] }),
  };
}

/** A recording fake by its name, to look at its calls. */
export function method<T extends object>(object: T, name: keyof T): unknown {
  return object[name];
}

/** What a command line did. */
export interface Ran {
  readonly code: ExitCode | undefined;
  readonly out: string;
  readonly err: string;
  readonly flags: GlobalFlags | undefined;
  readonly error: unknown;
}

/** Runs a command line against fakes. Errors are given back, not worded. */
export async function runLine(
  line: readonly string[],
  site: OpenedSite = fakeSite(),
  changes: Partial<CommandContext> = {},
): Promise<Ran> {
  let out = '';
  let err = '';
  let code: ExitCode | undefined;
  let flags: GlobalFlags | undefined;
  let error: unknown;
  const never = new AbortController().signal;
  const program = createProgram({
    commands: COMMANDS,
    argv: line,
    version: '1.2.3',
    writeOut: (text) => {
      out += text;
    },
    finish: (exitCode) => {
      code = exitCode;
    },
    createContext: (given) => {
      flags = given;
      return {
        flags: given,
        output: {
          out: (text) => {
            out += text;
          },
          err: (text) => {
            err += text;
          },
        },
        cwd: '/nowhere',
        clock: fakeClock(),
        stdin: Readable.from([]),
        asker: {
          canAsk: false,
          approve: () => Promise.resolve(false),
          step: () => Promise.resolve('stop'),
          guide: () => Promise.resolve({ answer: 'stop' as const }),
          show: () => Promise.resolve(),
          confirm: () => Promise.resolve(undefined),
          text: () => Promise.resolve(undefined),
          secret: () => Promise.resolve(undefined),
        },
        signal: never,
        hurry: never,
        tool: 'sense-runbook 1.2.3',
        program: ['node', 'bin.js'],
        openSite: () => Promise.resolve(site),
        watchSite: () => Promise.resolve(watched(site)),
        waitingRun: async () => {
          const run = await site.engine.unfinished();
          return run === undefined ? undefined : { run };
        },
        rehearse: (work) => work(site.name, () => Promise.resolve(site)),
        beginEffects: () => undefined,
        startDisplay: () =>
          Promise.resolve({
            sink: () => undefined,
            pause: () => Promise.resolve(),
            resume: () => undefined,
            finish: () => Promise.resolve(),
          }),
        runbooks: () =>
          Promise.resolve([
            { name: 'backup', title: 'Back up the site', source: '5.6', file: '/r/backup.yaml' },
          ]),
        procedure: () => Promise.reject(new Error('not expected')),
        secrets: () => Promise.reject(new Error('not expected')),
        schedule: () => Promise.reject(new Error('not expected')),
        proposeSite: () => Promise.reject(new Error('not expected')),
        upgradeStart: () => Promise.reject(new Error('not expected')),
        siteFile: () => Promise.resolve(undefined),
        exec: () => Promise.reject(new Error('not expected')),
        ...changes,
      };
    },
  });
  try {
    await program.parseAsync([...line], { from: 'user' });
  } catch (thrown) {
    error = thrown;
  }
  return { code, out, err, flags, error };
}
