import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { messageOf, VerificationError } from '../contract/errors.ts';
import type { FileOperation, SqlOperation } from '../contract/operation.ts';
import { DatabaseError } from '../postgres/errors.ts';
import type { RoleEvidence } from '../postgres/evidence-format.ts';
import { checkGlobals, cleanGlobals } from '../postgres/globals.ts';
import { createRoleStatements } from '../postgres/recreate.ts';
import { rolesOfGlobals } from '../postgres/recorded-roles.ts';
import { copyInput, setPlace, type SetPlace, type PlaceCollaborators } from './set-place.ts';
import { readSetDatabases } from './set-databases.ts';
import { EVIDENCE_FILE, readEvidenceFile } from './evidence-file.ts';
import { GLOBALS_FILE } from './postgres-globals.ts';
import { withOwners } from './set-roles.ts';
import { scratchFolder } from './scratch.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({ set: setInput, copy: copyInput });

const CREATE: SqlOperation = {
  kind: 'sql',
  database: 'postgres',
  text: `CREATE ROLE for every role of ${EVIDENCE_FILE} that is missing, without its password`,
  effect: 'change',
};

/**
 * Makes the roles that dumps speak of, as they were recorded and without passwords. `globals.sql` is only looked at: to
 * run it would set passwords and change the scratch superuser.
 */
export function createDrillCreateRoles(c: PlaceCollaborators): Action<z.infer<typeof input>, null> {
  const check = (place: SetPlace, set: string): FileOperation => ({
    kind: 'file',
    verb: 'check',
    path: inSet(place, set, GLOBALS_FILE),
    effect: 'read',
  });

  /** The recorded roles; for a set without that record those in `globals.sql` and the owners. */
  async function wantedRoles(
    place: SetPlace,
    set: string,
    globals: string,
  ): Promise<readonly RoleEvidence[]> {
    const read = await readEvidenceFile(inSet(place, set, EVIDENCE_FILE));
    if (read.kind === 'found') return read.evidence.roles;
    const { databases } = await readSetDatabases(place, set);
    return withOwners(rolesOfGlobals(globals), databases);
  }

  return {
    name: 'drill.create-roles',
    effect: 'change',
    input,
    onCancel: 'kill',

    describe: ({ set, copy }, context) =>
      Promise.resolve({ operations: [check(setPlace(c, copy, context), set), CREATE] }),

    prepare: () => Promise.resolve(null),

    async execute({ set, copy }, _before, context) {
      const place = setPlace(c, copy, context);
      const differences: string[] = [];
      const globals = await context.perform(check(place, set), async () => {
        try {
          const text = cleanGlobals(await fs.readFile(inSet(place, set, GLOBALS_FILE), 'latin1'));
          checkGlobals(text);
          return text;
        } catch (error) {
          if (!(error instanceof VerificationError) && !isMissing(error)) throw error;
          differences.push(`${GLOBALS_FILE}: ${messageOf(error)}`);
          return '';
        }
      });
      const wanted = await wantedRoles(place, set, globals);
      const made = await context.perform(CREATE, async () => {
        const client = await c.scratch.connect(scratchFolder(c.scratch, context), 'postgres');
        try {
          const existing = await client.query<{ name: string }>(
            'select rolname::text as name from pg_catalog.pg_roles',
          );
          const statements = createRoleStatements(
            wanted,
            existing.map(({ name }) => name),
          );
          for (const statement of statements) await client.query(statement);
          return statements.length;
        } catch (error) {
          if (!(error instanceof DatabaseError) || error.sqlState === undefined) throw error;
          differences.push(`the recorded roles cannot be made: ${error.message}`);
          return 0;
        } finally {
          await client.close();
        }
      });
      return { found: { roles: wanted.length, statements: made, differences } };
    },

    check: () => Promise.resolve('not-done'),
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
