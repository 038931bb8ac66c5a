import { defineConfig } from 'vitest/config';

/** `--mode all-faults` (npm run test:faults) kills the tool everywhere; otherwise a fixed sample is taken. */
export default defineConfig(({ mode }) => {
  const faults = mode === 'all-faults' || process.env['SENSE_RUNBOOK_FAULTS'] === 'all' ? 'all' : 'sample';
  const project = (name: string, timeoutMs: number, env: Record<string, string> = {}) => ({
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: timeoutMs,
      hookTimeout: Math.max(timeoutMs, 60_000),
      env,
    },
  });
  return {
    test: {
      environment: 'node',
      maxWorkers: 4,
      passWithNoTests: true,
      allowOnly: process.env['CI'] === undefined,
      coverage: { include: ['src/**/*.ts'] },
      projects: [
        project('unit', 30_000),
        project('integration', 180_000),
        project('e2e', 300_000),
        project('faults', 600_000, { SENSE_RUNBOOK_FAULTS: faults }),
      ],
    },
  };
});
