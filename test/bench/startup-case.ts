import { performance } from 'node:perf_hooks';
import { compare, interleave, type Comparison } from './measure.ts';
import { BUNDLE, run } from './programs.ts';

const ROUNDS = 15;

/** Start-up against Node's own. `siteFile` is of a site that has a backup set. */
export async function startUpCases(siteFile: string): Promise<Comparison[]> {
  const node = (...args: string[]) => ({
    run: async () => {
      const began = performance.now();
      await run(process.execPath, args);
      return performance.now() - began;
    },
  });
  const medians = await interleave(
    [
      { name: 'node -e 0', ...node('-e', '0') },
      { name: '--version', ...node(BUNDLE, '--version') },
      { name: 'status', ...node(BUNDLE, '--site', siteFile, 'status') },
    ],
    ROUNDS,
  );
  return [
    compare('Start-up', medians, { ours: '--version', peer: 'node -e 0' }, 1.35),
    compare('The probe for monitoring', medians, { ours: 'status', peer: 'node -e 0' }, 2.0),
  ];
}
