import { readServerEvidence, SERVER_EVIDENCE } from './evidence.ts';
import { isPasswordHash, type RecordedRole } from './recorded-roles.ts';
import type { SqlClient } from './server.ts';

const STORED = `
  select rolname::text as name, rolpassword as hash, rolvaliduntil::text as until from pg_catalog.pg_authid`;

/** What {@link readLiveRoles} sends. */
export const LIVE_ROLES: readonly string[] = [...SERVER_EVIDENCE, STORED];

/** The roles of a server with their password hashes, as a script of pg_dumpall would have them. @throws DatabaseError */
export async function readLiveRoles(client: SqlClient): Promise<RecordedRole[]> {
  const { roles } = await readServerEvidence(client);
  const stored = await client.query<{ name: string; hash: string | null; until: string | null }>(STORED);
  return roles.map((role) => {
    const { hash = null, until = null } = stored.find(({ name }) => name === role.name) ?? {};
    return {
      ...role,
      ...(hash !== null && isPasswordHash(hash) ? { passwordHash: hash } : {}),
      ...(until === null ? {} : { validUntil: until }),
    };
  });
}
