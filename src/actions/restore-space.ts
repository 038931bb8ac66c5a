import fs from 'node:fs/promises';
import path from 'node:path';
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
  const needs: Need[] = [];
  if (parts.databases) {
    checks.push(await databaseSpace(c, facts));
    const { dataFolder } = await c.database.facts();
    if (dataFolder !== undefined && (await isHere(dataFolder)))
      needs.push({ place: dataFolder, bytes: databaseBytes(facts), certain: true });
  }
  if (parts.share) {
    checks.push(...(await shareSpace(c, facts)));
    for (const { from, tree } of targetsOf(c, facts))
      needs.push({ place: from, bytes: tree.bytes, certain: await isEmpty(from) });
  }
  return [...checks, ...(await together(c, needs))];
}

/** Room that a place needs; not certain where files may be there already. */
interface Need {
  readonly place: string;
  readonly bytes: number;
  readonly certain: boolean;
}

/** Places on one disk share its room: each alone may have enough. */
async function together(
  c: Pick<ActionCollaborators, 'freeBytes'>,
  needs: readonly Need[],
): Promise<CheckResult[]> {
  const disks = new Map<number, Need[]>();
  for (const need of needs) {
    const disk = await diskOf(need.place);
    if (disk !== undefined) disks.set(disk, [...(disks.get(disk) ?? []), need]);
  }
  const checks: CheckResult[] = [];
  for (const [first, ...others] of disks.values()) {
    if (first === undefined || others.length === 0) continue;
    const all = [first, ...others];
    const free = await c.freeBytes(first.place);
    const needed = sumOf(all);
    if (free >= needed || all.some(({ bytes }) => bytes > free)) continue;
    checks.push({
      id: 'restore-space-together',
      beforehand: true,
      status: sumOf(all.filter(({ certain }) => certain)) > free ? 'failed' : 'warning',
      message: `${formatBytes(free)} free on one disk for ${all.map(({ place }) => place).join(' and ')}, about ${formatBytes(needed)} needed in all.`,
      hint: 'Make room. Old and new lie side by side until `sense-runbook cleanup`.',
    });
  }
  return checks;
}

function sumOf(needs: readonly Need[]): number {
  return needs.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Undefined when it is not of this machine. */
async function diskOf(place: string): Promise<number | undefined> {
  try {
    return (await fs.stat(place)).dev;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) return undefined;
    const above = path.dirname(place);
    return above === place ? undefined : diskOf(above);
  }
}

/** A server elsewhere tells a path of its own machine. */
export async function isHere(folder: string): Promise<boolean> {
  try {
    await fs.stat(folder);
    return true;
  } catch (error) {
    factOf(error);
    return false;
  }
}

function databaseBytes(facts: RestoreFacts): number {
  return facts.databases.reduce((sum, one) => sum + one.bytes * DATABASE_GROWTH[one.format], 0);
}

/** Folders of the share with what the set has for each. */
function targetsOf(c: Pick<ActionCollaborators, 'site'>, facts: RestoreFacts) {
  return shareTrees(c.site.share).flatMap(({ from, to }) => {
    const tree = facts.trees.find(({ folder }) => folder === to);
    return tree === undefined ? [] : [{ from, tree }];
  });
}

async function databaseSpace(
  c: Pick<ActionCollaborators, 'database' | 'freeBytes'>,
  facts: RestoreFacts,
): Promise<CheckResult> {
  const about = { id: 'restore-space-database', beforehand: true as const };
  const needed = databaseBytes(facts);
  const { dataFolder } = await c.database.facts();
  const unseen: CheckResult = {
    ...about,
    status: 'warning',
    message: `The databases need about ${formatBytes(needed)} beside the old ones; the disk of the database server cannot be seen from here.`,
    hint: 'Look at its free space yourself.',
  };
  if (dataFolder === undefined || !(await isHere(dataFolder))) return unseen;
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
  for (const { from, tree } of targetsOf(c, facts)) {
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
