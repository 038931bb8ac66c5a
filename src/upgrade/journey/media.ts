import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { UpgradeHop } from '../types.ts';
import { HOP_RUNBOOKS } from './hop-runbooks.ts';

/** The installer of one hop, found. */
interface HopMedium {
  /** The runbook's parameter for its path. */
  readonly param: string;
  readonly file: string;
  /** From `SHA256SUMS` beside it; absent when there is no such file, or it does not name this one. */
  readonly sha256?: string;
}

/** What came of looking for it. */
export interface MediumSight {
  readonly medium?: HopMedium;
  /** What is missing or wrong, one plain sentence each. */
  readonly problems: readonly string[];
}

const SUMS = 'SHA256SUMS';

/**
 * Looks for the installer of a hop below the folder of all media, and compares it with the hash beside it, so that a damaged
 * download is found before the first hop and not in front of the third.
 */
export async function findMedium(
  hop: UpgradeHop,
  media: string | undefined,
  signal: AbortSignal,
): Promise<MediumSight> {
  const { medium } = HOP_RUNBOOKS[hop.kind];
  if (medium === undefined) return { problems: [] };
  const { param, program } = medium;
  const folder = medium.folder(hop);
  if (folder === undefined)
    return {
      problems: [
        `which patch is installed the plan does not know: plan again with --patch, or give --set ${hop.kind}.${param}=PATH of the ${program} of that patch`,
      ],
    };
  const place = folder === '.' ? program : `${folder}/${program}`;
  if (media === undefined) return { problems: [`${place}: give --media FOLDER, the folder it lies in`] };
  const file = join(media, folder, program);
  if (!(await isFile(file))) return { problems: [`${file} is not there`] };
  const listed = await listedHash(join(media, folder, SUMS), program);
  if (listed.problem !== undefined) return { problems: [listed.problem] };
  const { sha256 } = listed;
  if (sha256 !== undefined && (await hashOf(file, signal)) !== sha256)
    return { problems: [`${file} is not what ${SUMS} beside it says: damaged, or another file`] };
  return { medium: { param, file, ...(sha256 === undefined ? {} : { sha256 }) }, problems: [] };
}

/** What cannot be looked at counts as not there: it could not be run. */
async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function listedHash(file: string, program: string): Promise<{ sha256?: string; problem?: string }> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    return { problem: `${file} cannot be read: ${(error as Error).message}` };
  }
  // Written by Windows it may have carriage returns and a mark in front.
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [, hash, name] = /^([0-9a-f]{64}) [ *](.+)$/i.exec(line.trim()) ?? [];
    if (hash !== undefined && name?.replace(/^\.[\\/]/, '').toLowerCase() === program.toLowerCase())
      return { sha256: hash.toLowerCase() };
  }
  return /^[0-9a-f]{64} [ *]/im.test(text) || text.trim() === ''
    ? {}
    : { problem: `${file} is not as sha256sum writes it` };
}

async function hashOf(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, { signal });
  return hash.digest('hex');
}
