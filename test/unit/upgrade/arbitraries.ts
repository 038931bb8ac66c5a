import fc from 'fast-check';
import type { PostgresStart, UpgradeStart } from '../../../src/upgrade/types.ts';
import { broughtUpTo, type Target } from './checker.ts';
import { unknown } from './paths/expect-path.ts';
import { before, RELEASES } from './releases.ts';

const VERSIONS = ['9.3', '9.6', '10', '11', '12.5', '12.19', '13', '14.8', '14.17', '15', '16'];
/** Servers that did not come with Qlik Sense. */
const SERVERS = [
  ...['12.5', '14.17'].map((version) => ({ version, kind: 'qpi' as const })),
  ...VERSIONS.flatMap((version) =>
    [false, true].map((remote) => ({ version, kind: 'standalone' as const, remote })),
  ),
  ...VERSIONS.map((version) => ({ version, kind: 'managed' as const, remote: true })),
];

const NOW = fc.record(
  {
    release: fc.constantFrom(...RELEASES),
    patch: fc.oneof(fc.constant('none' as const), fc.integer({ min: 1, max: 9 })),
    persistence: fc.constantFrom('shared' as const, 'synchronized' as const),
    serviceAccount: fc.constantFrom('user' as const, 'local-system' as const),
    nodes: fc.integer({ min: 1, max: 8 }),
    ssl: fc.boolean(),
    uninstalled: fc.boolean(),
    windows: fc.constantFrom('Windows Server 2012 R2', 'Windows Server 2016', 'Windows Server 2022'),
  },
  { requiredKeys: ['release', 'patch'] },
);

function serverOf(release: string): fc.Arbitrary<PostgresStart> {
  const bundled = broughtUpTo(release).map((version) => ({ version, kind: 'bundled' as const }));
  return fc.oneof(fc.constantFrom(...bundled), fc.constantFrom(...SERVERS));
}

/**
 * Any site of which everything is known that moves depend on, probable or not: but a bundled PostgreSQL is one that
 * some release up to this one brought, and the site did not begin with a later release.
 */
export const START: fc.Arbitrary<UpgradeStart> = fc
  .tuple(NOW, fc.constantFrom(...RELEASES))
  .chain(([now, first]) => {
    const firstInstalled = before(now.release, first) ? now.release : first;
    return serverOf(now.release).map((postgres) => ({ ...now, postgres, firstInstalled }));
  });

/** A site with answers left out. */
export const VAGUE: fc.Arbitrary<UpgradeStart> = fc
  .tuple(START, fc.subarray(['patch', 'postgres', 'firstInstalled', 'persistence', 'nodes'] as const))
  .map(([start, fields]) => unknown(start, ...fields));

/** Where to. */
export const TARGET: fc.Arbitrary<Target> = fc.record(
  { release: fc.constantFrom(...RELEASES), patch: fc.integer({ min: 1, max: 9 }) },
  { requiredKeys: ['release'] },
);

/** A target as it is written. */
export function nameOf({ release, patch }: Target): string {
  return patch === undefined ? release : `${release} Patch ${patch}`;
}
