import type { CheckResult } from '../contract/action.ts';
import { findOverlap, OVERLAP_HINT, overlapText } from '../vault/restore/apart.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { shareTrees } from './trees.ts';

/**
 * Whether the folders of the share lie apart from the backup sets in `sources`: otherwise the sets would be moved aside as
 * files that the set does not have, or be written over.
 */
export async function judgeApart(
  { site }: Pick<ActionCollaborators, 'site'>,
  sources: readonly string[],
): Promise<CheckResult[]> {
  const id = 'restore-apart';
  const checks: CheckResult[] = [];
  for (const { from } of shareTrees(site.share)) {
    const overlap = await findOverlap(from, sources);
    if (overlap !== undefined)
      checks.push({ id, status: 'failed', message: overlapText(from, overlap), hint: OVERLAP_HINT });
  }
  if (checks.length > 0) return checks;
  return [{ id, status: 'ok', message: 'The file share and the backup sets lie apart.' }];
}
