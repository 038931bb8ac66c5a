import { UsageError } from '../../contract/errors.ts';
import { findRelease, releaseText } from '../find-release.ts';
import type { HopState } from '../types.ts';
import { majorVersion } from '../versions.ts';

/** What a site shows of itself, for the comparison with a plan; what is absent was not found out. */
export interface UpgradeSight {
  /** Nodes that could be asked. `release` is null where nothing, or more than one release, is entered. */
  readonly nodes: readonly { readonly node: string; readonly release: string | null }[];
  /** Version of the server. */
  readonly postgres?: string;
  /** What could not be found out, and why. */
  readonly notes: readonly string[];
}

/** What differs between a site and the state that a plan has it in; one plain sentence each. */
export function differences(planned: HopState, { nodes, postgres }: UpgradeSight): string[] {
  const expected = releaseText(planned.release, planned.patch);
  const found = nodes.flatMap(({ node, release }) => {
    if (planned.uninstalled)
      return release === null
        ? []
        : [`${node} has ${release}; by the plan Qlik Sense is uninstalled by then`];
    if (release === null)
      return [`on ${node} no release is found, or more than one; the plan has ${expected}`];
    return sameRelease(planned, release)
      ? []
      : [`${node} has ${release}; the plan has ${expected}${patchWords(planned)}`];
  });
  // An uninstalled site has the server that the dump is to come from, or none.
  if (planned.uninstalled || postgres === undefined) return found;
  return majorVersion(postgres) === majorVersion(planned.postgres.version)
    ? found
    : [...found, `the database server is PostgreSQL ${postgres}; the plan has ${planned.postgres.version}`];
}

function sameRelease({ release, patch }: HopState, text: string): boolean {
  try {
    const found = findRelease(text);
    return found.release === release && (patch === 'unknown' || (found.patch ?? 'none') === patch);
  } catch (error) {
    // A release that came after this tool is in no plan of it.
    if (error instanceof UsageError) return false;
    throw error;
  }
}

function patchWords({ patch }: HopState): string {
  return patch === 'none' ? ' without a patch' : '';
}
