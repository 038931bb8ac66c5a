import { PreflightError } from '../contract/errors.ts';
import type { ClientPrograms, ServerPrograms } from './server.ts';

/**
 * Picks the client programs for a server: same major version first (in the order found: the site's own folder
 * leads), else the nearest newer one when that is allowed. Older ones never: pg_dump refuses a newer server.
 * @throws PreflightError naming what was found and the setting that changes the outcome.
 */
export function chooseClientPrograms(
  programs: readonly ClientPrograms[],
  serverMajor: number,
  options: { readonly allowNewer: boolean },
): ClientPrograms {
  const same = programs.find((candidate) => candidate.major === serverMajor);
  if (same !== undefined) return same;
  const newer = programs
    .filter((candidate) => candidate.major > serverMajor)
    .sort((a, b) => a.major - b.major)[0];
  if (newer !== undefined && options.allowNewer) return newer;
  if (newer !== undefined)
    throw new PreflightError(
      `The database server is PostgreSQL ${serverMajor}, but the client programs found are newer: ${listed(programs)}. What they write may not load with the site's own programs.`,
      {
        hint: `Set \`database.bin\` in the site file to the bin folder of PostgreSQL ${serverMajor}, or accept it with \`database.clients: allow-newer\`.`,
      },
    );
  throw new PreflightError(
    programs.length === 0
      ? 'No PostgreSQL client programs (pg_dump, pg_dumpall, pg_restore, psql) were found.'
      : `The database server is PostgreSQL ${serverMajor}, but the client programs found are older: ${listed(programs)}. An older pg_dump refuses a newer server.`,
    {
      hint: `Install the client programs of PostgreSQL ${serverMajor} here, or set \`database.bin\` in the site file to the folder that has them.`,
    },
  );
}

/**
 * Picks server programs for a scratch cluster: exactly the major version asked for, since only that reads and
 * writes as the site does.
 * @throws PreflightError when there are none.
 */
export function chooseServerPrograms(programs: readonly ServerPrograms[], major: number): ServerPrograms {
  const same = programs.find((candidate) => candidate.major === major);
  if (same !== undefined) return same;
  throw new PreflightError(
    programs.length === 0
      ? 'No PostgreSQL server programs (initdb, pg_ctl, postgres) were found.'
      : `Server programs of PostgreSQL ${major} are needed; found: ${listed(programs)}.`,
    {
      hint: `Install PostgreSQL ${major} on this machine (its service need not run), or set \`drill.bin\` in the site file to a folder that has initdb, pg_ctl and postgres.`,
    },
  );
}

function listed(programs: readonly { version: string; folder: string }[]): string {
  return programs.map((found) => `${found.version} in ${found.folder}`).join(', ');
}
