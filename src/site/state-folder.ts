import { mkdir } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { ExpectedError } from '../contract/errors.ts';
import type { Site } from './schema.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** What decides where state is kept. */
export interface StatePlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly home: string;
}

/** `<state>` of a site: runs, locks and secrets. What the site file says, or the platform's usual place (design section 4). */
export function stateFolder(site: Pick<Site, 'name' | 'state'>, { env, platform, home }: StatePlace): string {
  if (site.state !== undefined) return site.state;
  if (platform === 'win32')
    return win32.join(env['ProgramData'] ?? 'C:\\ProgramData', 'sense-runbook', site.name);
  const xdg = env['XDG_STATE_HOME'] ?? '';
  // The XDG specification has relative paths ignored.
  const base = posix.isAbsolute(xdg) ? xdg : posix.join(home, '.local', 'state');
  return posix.join(base, 'sense-runbook', site.name);
}

/** Makes a folder that only its owner may use; one that is there keeps its rights. @throws ExpectedError */
export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ExpectedError(`The folder ${folder} cannot be made: ${reasonOf(error)}`, { cause: error });
  }
}
