import fs from 'node:fs/promises';
import type { CheckResult } from '../contract/action.ts';
import { formatBytes } from '../foundation/human.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import type { RestoreFacts } from './restore-facts.ts';
import { DATABASE_GROWTH } from './set-databases.ts';
import { shareTrees } from './trees.ts';

/** Which parts of the set are restored. */
export interface RestoredParts {
  readonly databases: boolean;
  readonly share: boolean;
}

/** Whether there is room for old and new side by side: nothing is removed before `cleanup`. */
export async function judgeSpace(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'freeBytes'>,
  facts: RestoreFacts,
  parts: RestoredParts,
): Promise<CheckResult[]> {
  const checks: CheckResult[] = [];
  if (parts.databases) checks.push(await databaseSpace(c, facts));
  if (parts.share) checks.push(...(await shareSpace(c, facts)));
  return checks;
}

async function databaseSpace(
  c: Pick<ActionCollaborators, 'database' | 'freeBytes'>,
  facts: RestoreFacts,
): Promise<CheckResult> {
  const about = { id: 'restore-space-database', beforehand: true as const };
  const needed = facts.databases.reduce((sum, one) => sum + one.bytes * DATABASE_GROWTH[one.format], 0);
  const { dataFolder } = await c.database.facts();
  const unseen: CheckResult = {
    ...about,
    status: 'warning',
    message: `The databases need about ${formatBytes(needed)} beside the old ones; the disk of the database server cannot be seen from here.`,
    hint: 'Look at its free space yourself.',
  };
  if (dataFolder === undefined) return unseen;
  try {
    // Only a folder that is here: a server elsewhere tells a path of its own machine.
    await fs.stat(dataFolder);
  } catch (error) {
    factOf(error);
    return unseen;
  }
  const free = await c.freeBytes(dataFolder);
  const message = `${formatBytes(free)} free for databases, about ${formatBytes(needed)} needed beside the old ones.`;
  if (free >= needed) return { ...about, status: 'ok', message };
  return {
    ...about,
    status: 'failed',
    message,
    hint: `Make room on the disk of ${dataFolder}. The old databases stay until \`sense-runbook cleanup\`.`,
  };
}

/** Files that are the same already take no room; how many those are is not known before they are compared. */
async function shareSpace(
  c: Pick<ActionCollaborators, 'site' | 'freeBytes'>,
  facts: RestoreFacts,
): Promise<CheckResult[]> {
  const checks: CheckResult[] = [];
  for (const { from, to } of shareTrees(c.site.share)) {
    const tree = facts.trees.find(({ folder }) => folder === to);
    if (tree === undefined) continue;
    const about = { id: 'restore-space-share', beforehand: true as const };
    const free = await c.freeBytes(from);
    const message = `${formatBytes(free)} free for ${from}; the set has ${formatBytes(tree.bytes)} for it.`;
    if (free >= tree.bytes) checks.push({ ...about, status: 'ok', message });
    else
      checks.push({
        ...about,
        status: (await isEmpty(from)) ? 'failed' : 'warning',
        message: `${message} Files that are there already are not copied, and those that differ are kept.`,
        hint: 'Make room, or restore to a larger disk. What is replaced stays until `sense-runbook cleanup`.',
      });
  }
  return checks;
}

async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await fs.readdir(folder)).length === 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw error;
  }
}
