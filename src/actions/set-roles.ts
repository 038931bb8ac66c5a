import fs from 'node:fs/promises';
import { VerificationError } from '../contract/errors.ts';
import { checkGlobals, cleanGlobals } from '../postgres/globals.ts';
import { REPOSITORY_ROLE, rolesOfGlobals } from '../postgres/recorded-roles.ts';
import type { RecordedRole } from '../postgres/recorded-roles.ts';
import { plainRole } from '../postgres/recreate.ts';
import { EVIDENCE_FILE, readEvidenceFile } from './evidence-file.ts';
import { GLOBALS_FILE } from './postgres-globals.ts';
import { readSetDatabases } from './set-databases.ts';
import type { SetPlace } from './set-place.ts';
import { inSet } from './set-paths.ts';

/** Roles of a set, with what of them is not to be trusted. */
export interface RecordedRoles {
  readonly roles: readonly RecordedRole[];
  /** Set when `globals.sql` is missing or not usable: there are no passwords then. */
  readonly problem?: string;
}

/**
 * The roles that a set has recorded: attributes from the evidence, else from `globals.sql`; password hashes from there. An
 * owner of a database that neither knows is added, the role of the repository as the manual makes it (2.5, p. 139).
 * @throws VerificationError when the evidence or the manifest is damaged; the file system's error
 */
export async function readRecordedRoles(
  place: Pick<SetPlace, 'root' | 'read'>,
  set: string,
): Promise<RecordedRoles> {
  const { databases } = await readSetDatabases(place, set);
  const { roles: written, problem } = await readGlobals(inSet(place, set, GLOBALS_FILE));
  const read = await readEvidenceFile(inSet(place, set, EVIDENCE_FILE));
  if (read.kind === 'damaged')
    throw new VerificationError(`${EVIDENCE_FILE} of backup set ${set} cannot be read: ${read.problem}`, {
      hint: 'Restore another set.',
    });
  const recorded =
    read.kind === 'none'
      ? written
      : read.evidence.roles.map((role): RecordedRole => ({
          ...written.find(({ name }) => name === role.name),
          ...role,
        }));
  return {
    roles: withOwners(recorded, databases),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** The roles, and those owners of databases that are not among them. */
export function withOwners(
  roles: readonly RecordedRole[],
  databases: readonly { readonly owner: string }[],
): RecordedRole[] {
  const owners = [...new Set(databases.map(({ owner }) => owner))];
  const missing = owners.filter((owner) => !roles.some(({ name }) => name === owner));
  return [
    ...roles,
    ...missing.map((name) => (name === REPOSITORY_ROLE.name ? REPOSITORY_ROLE : plainRole(name))),
  ];
}

async function readGlobals(file: string): Promise<RecordedRoles> {
  try {
    const text = cleanGlobals(await fs.readFile(file, 'latin1'));
    checkGlobals(text);
    return { roles: rolesOfGlobals(text) };
  } catch (error) {
    if (error instanceof VerificationError) return { roles: [], problem: error.message };
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { roles: [], problem: `the set has no ${GLOBALS_FILE}` };
  }
}
