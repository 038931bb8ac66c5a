import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { VerificationError } from '../contract/errors.ts';
import { CERTIFICATE_INDEX, readCertificateIndex } from './certificate-index.ts';
import { LIST_CERTIFICATES } from './certificates.ts';
import { storeTrouble, type StoreTrouble } from './certificates-judged.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { DATABASE_ROWS, readDatabaseRows } from '../postgres/database-rows.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';
import { readSetDatabases } from './set-databases.ts';
import { inSet, setInput } from './set-paths.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  only: z.enum(['all', 'databases', 'share', 'certificates', 'config']).default('all'),
  /** Only these databases were restored; none: all of the set. */
  databases: z.array(z.string()).default([]),
});

const DATABASES = sqlLook('postgres', [DATABASE_ROWS]);

/**
 * Looks once more before a service may start: every database of the set is there under its name and open, none is left
 * under the name it was loaded with, and every certificate of the set is in its store with its key, once. The share was
 * compared file by file while it was copied.
 */
export function createRestoreCheck(
  c: Pick<ActionCollaborators, 'database'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  type Input = z.infer<typeof input>;
  const withDatabases = ({ only }: Input): boolean => only === 'all' || only === 'databases';
  const withCertificates = ({ only }: Input): boolean => only === 'all' || only === 'certificates';

  async function databaseTrouble(given: Input, context: ReadContext): Promise<string[]> {
    const { databases } = await readSetDatabases(setPlace(c, given.copy, context), given.set);
    const names = given.databases.filter((name) => name !== '').map((name) => name.toLowerCase());
    const wanted = databases.filter(
      ({ name, database }) =>
        names.length === 0 || names.includes(name.toLowerCase()) || names.includes(database.toLowerCase()),
    );
    // Asked anew: what a plan may share is seconds old, and in these seconds names were changed.
    const rows = await withDatabase(c, 'postgres', context, readDatabaseRows);
    const loading = `_restore_${context.run.id}`;
    return [
      ...wanted.flatMap(({ database }) => {
        const found = rows.find(({ name }) => name.toLowerCase() === database.toLowerCase());
        if (found === undefined) return [`the database ${database} is missing`];
        return found.allowConnections ? [] : [`the database ${found.name} allows no connections`];
      }),
      ...rows
        .filter(({ name }) => name.endsWith(loading))
        .map(({ name }) => `${name} has not taken its place`),
    ];
  }

  async function certificateTrouble(given: Input, context: ReadContext): Promise<StoreTrouble> {
    const place = setPlace(c, given.copy, context);
    const entries = await readCertificateIndex(inSet(place, given.set, CERTIFICATE_INDEX));
    return storeTrouble(await context.node.certificates.list(), entries, context.node.host);
  }

  return {
    name: 'restore.check',
    effect: 'read',
    input,
    onCancel: 'kill',
    describe: (given) =>
      Promise.resolve({
        operations: [
          ...(withDatabases(given) ? [DATABASES] : []),
          ...(withCertificates(given) ? [LIST_CERTIFICATES] : []),
        ],
      }),
    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const trouble: string[] = [];
      if (withDatabases(given))
        trouble.push(...(await context.perform(DATABASES, () => databaseTrouble(given, context))));
      if (withCertificates(given)) {
        const { wrong, left } = await context.perform(LIST_CERTIFICATES, () =>
          certificateTrouble(given, context),
        );
        trouble.push(...wrong);
        for (const { message, hint } of left) context.warn(message, hint);
      }
      if (trouble.length > 0)
        throw new VerificationError(`The site is not that of the set: ${trouble.join('; ')}.`, {
          hint: `No service was started. Mend it, then resume; \`sense-runbook runs show ${context.run.id}\` says whether the run can still be rolled back.`,
        });
      return {};
    },

    check: () => Promise.resolve('not-done'),
  };
}
