import { access } from 'node:fs/promises';
import { resolve, win32 } from 'node:path';
import { UsageError } from '../contract/errors.ts';

/** Where to look for the site file, and what decides it. */
export interface SiteFilePlaces {
  /** Value of `--site`. */
  readonly given?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly cwd: string;
}

/** Places of the site file in the order in which they are looked at, absolute; one that was named is the only one. */
export function siteFilePlaces(places: SiteFilePlaces): string[] {
  const { env, platform, cwd } = places;
  const named = places.given ?? env['SENSE_RUNBOOK_SITE'];
  if (named !== undefined && named !== '') return [resolve(cwd, named)];
  const shared =
    platform === 'win32'
      ? win32.join(env['ProgramData'] ?? 'C:\\ProgramData', 'sense-runbook', 'site.yaml')
      : '/etc/sense-runbook/site.yaml';
  return [resolve(cwd, 'site.yaml'), shared];
}

/** The first place that has a site file. @throws UsageError that names every place when there is none. */
export async function findSiteFile(places: SiteFilePlaces): Promise<string> {
  const candidates = siteFilePlaces(places);
  for (const candidate of candidates) if (await exists(candidate)) return candidate;
  const named = places.given !== undefined ? '--site' : 'the environment variable SENSE_RUNBOOK_SITE';
  throw candidates.length === 1
    ? missingSiteFile(candidates, ` (from ${named})`)
    : missingSiteFile(candidates);
}

/** The error for a site file that is nowhere. */
export function missingSiteFile(candidates: readonly string[], origin = ''): UsageError {
  return new UsageError(`There is no site file. Looked at: ${candidates.join(', ')}${origin}.`, {
    hint: 'Write one with "sense-runbook init", or name it with --site FILE.',
  });
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    // A file that is there but may not be read is reported when it is read.
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}
