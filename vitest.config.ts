import { configDefaults, defineConfig } from 'vitest/config';
import { LongFirst } from './test/helpers/long-first.ts';
import { filesOfTurn, thisTurn, type TURNS } from './test/helpers/turns.ts';

/** Files that replace modules for themselves (`vi.mock`) share theirs with no other file. */
const ISOLATED = '**/*.isolated.test.ts';

/** Builds the site that each test file with a database of its own gets a copy of. */
const LAB = 'test/helpers/lab-template.ts';

/** Builds the laboratory with Windows programs under Wine; says so when that cannot be had, and all is skipped. */
const WINDOWS_LAB = 'test/windows/lab/set-up.ts';

/** How much of the faults is taken (test/helpers/fault-extent.ts), by the mode; otherwise a fixed sample. */
const EXTENTS = ['each-step', 'all'];

export default defineConfig(({ mode }) => {
  const faults = EXTENTS.includes(mode) ? mode : 'sample';
  const turn = thisTurn();
  const byTurns = (name: keyof typeof TURNS) => turn !== undefined && { include: filesOfTurn(name, turn) };
  const project = (name: string, timeoutMs: number, change: object = {}) => ({
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: timeoutMs,
      hookTimeout: Math.max(timeoutMs, 60_000),
      ...change,
    },
  });
  return {
    test: {
      environment: 'node',
      maxWorkers: 6,
      // No test may stand on what another one of its file left, but where they tell one procedure (`shuffle: false` there).
      sequence: { sequencer: LongFirst, shuffle: { tests: true }, seed: turn ?? 1 },
      allowOnly: process.env['CI'] === undefined,
      coverage: { include: ['src/**/*.ts'] },
      projects: [
        // Loading the sources anew for each of many short files takes longer than the tests in them.
        project('unit', 30_000, { isolate: false, exclude: [...configDefaults.exclude, ISOLATED] }),
        project('unit-isolated', 30_000, { include: [`test/unit/${ISOLATED}`] }),
        project('integration', 300_000, { isolate: false }),
        project('e2e', 600_000, { isolate: false, globalSetup: LAB }),
        project('faults', 600_000, {
          ...(faults !== 'sample' && byTurns('faults')),
          isolate: false,
          globalSetup: LAB,
          env: { SENSE_RUNBOOK_FAULTS: faults },
        }),
        // Left out of `npm test`: they take minutes.
        project('databases', 300_000, { isolate: false }),
        project('troubles', 600_000, { isolate: false, globalSetup: LAB }),
        project('procedures', 600_000, {
          ...byTurns('procedures'),
          isolate: false,
          globalSetup: LAB,
        }),
        project('windows', 1_800_000, { ...byTurns('windows'), globalSetup: WINDOWS_LAB }),
      ],
    },
  };
});
