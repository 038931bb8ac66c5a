import type { CheckResult } from '../contract/action.ts';
import { formatBytes } from '../foundation/human.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';

/** An empty cluster and its write-ahead log. */
export const EMPTY_CLUSTER = 400 * 1024 * 1024;

/** What a drill will need. */
export interface DrillNeeds {
  readonly major: number;
  readonly dumpMajor: number;
  /** Of the databases once they are restored, without the cluster's own. */
  readonly bytes: number;
  /** Of the set, where it is fetched first; 0 where it is a folder. */
  readonly fetched: number;
}

/** Whether a drill can be made here: server programs of the same major version, client programs, and room. */
export async function drillReadiness(
  c: Pick<ActionCollaborators, 'database' | 'scratch' | 'freeBytes'>,
  { major, dumpMajor, bytes, fetched }: DrillNeeds,
): Promise<CheckResult[]> {
  return [
    await judged('drill-server-programs', async () => {
      const { version, folder } = await c.scratch.programs(major);
      return `PostgreSQL ${version} in ${folder} for the scratch database.`;
    }),
    await judged('drill-client-programs', async () => {
      const { version, folder } = await c.database.programs(Math.max(major, dumpMajor));
      return `pg_restore ${version} in ${folder}.`;
    }),
    await spaceCheck(c, bytes + EMPTY_CLUSTER, fetched),
  ];
}

async function judged(id: string, look: () => Promise<string>): Promise<CheckResult> {
  try {
    return { id, status: 'ok', message: await look() };
  } catch (error) {
    const hint = adviceOf(error);
    return { id, status: 'failed', message: factOf(error), ...(hint === undefined ? {} : { hint }) };
  }
}

async function spaceCheck(
  c: Pick<ActionCollaborators, 'scratch' | 'freeBytes'>,
  cluster: number,
  fetched: number,
): Promise<CheckResult> {
  const id = 'drill-space';
  const free = await c.freeBytes(c.scratch.folder);
  const needed = cluster + fetched;
  const what = fetched === 0 ? 'the scratch database' : 'the fetched set and the scratch database';
  const facts = `${formatBytes(free)} free in ${c.scratch.folder}, about ${formatBytes(needed)} needed for ${what}.`;
  if (free >= needed) return { id, status: 'ok', message: facts };
  const hint = 'Set `drill.folder` in the site file to a folder on a disk with room.';
  return { id, status: 'failed', message: facts, hint };
}
