import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { compareEvidence } from '../postgres/compare-evidence.ts';
import type { Difference } from '../postgres/compare-evidence.ts';
import type { DatabaseEvidence } from '../postgres/evidence-format.ts';
import { takeEvidence } from '../postgres/evidence.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { bindDatabases, databasesOfSet, dumpedFrom } from './set-databases.ts';
import type { SetDatabase } from './set-databases.ts';
import { EVIDENCE_FILE, readEvidenceFile } from './evidence-file.ts';
import { comparedOperation } from './evidence-look.ts';
import { factOf } from './failure.ts';
import { scratchFolder } from './scratch.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  format: z.enum(['tar', 'custom', 'directory']).default('tar'),
  from: dumpedFrom,
  /** Names of the databases that did not restore: there is nothing to compare. */
  failed: z.union([z.array(z.string()), z.string()]).default([]),
});

/**
 * Compares every restored database with what was recorded at its dump: each table's rows, checksums where they were
 * recorded, large objects, extensions, and how many views, indexes and so on there are. Differences are an output.
 */
export function createDrillCompare(
  c: Pick<ActionCollaborators, 'site' | 'database'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  const operationFor = ({ database }: SetDatabase): SqlOperation => comparedOperation(database);

  async function evidenceOf(folder: string, one: SetDatabase, checksums: boolean): Promise<DatabaseEvidence> {
    const client = await c.scratch.connect(folder, one.database);
    try {
      return await takeEvidence(client, { name: one.name, checksums });
    } finally {
      await client.close();
    }
  }

  return {
    name: 'drill.compare',
    effect: 'read',
    input,
    onCancel: 'kill',

    async describe(given, context) {
      try {
        const place = setPlace(c, given.copy, context);
        return { operations: (await databasesOfSet(c, place, given)).map(operationFor) };
      } catch (error) {
        return { operations: [], basis: 'assumed', notes: [`The dumps are not known yet: ${factOf(error)}`] };
      }
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const place = setPlace(c, given.copy, context);
      const read = await readEvidenceFile(inSet(place, given.set, EVIDENCE_FILE));
      const nothing = { compared: 0, tables: 0, rows: 0 };
      if (read.kind === 'none') return { found: { ...nothing, evidence: false, differences: [] } };
      if (read.kind === 'damaged') {
        const differences = [`${EVIDENCE_FILE} cannot be read: ${read.problem}`];
        return { found: { ...nothing, evidence: true, differences } };
      }
      const databases = await databasesOfSet(c, place, given);
      if (given.from === 'data-folder') bindDatabases(c, databases, context);
      const recorded = new Map(read.evidence.databases.map((one) => [one.name, one]));
      const folder = scratchFolder(c.scratch, context);
      const results = await Promise.all(
        databases.map(async (one) => {
          const expected = recorded.get(one.name);
          if (expected === undefined) return [`${one.name}: ${EVIDENCE_FILE} has nothing of it`];
          if (given.failed.includes(one.name)) return [];
          const checksums = expected.tables.some(({ checksum }) => checksum !== undefined);
          const actual = await context.perform(operationFor(one), () => evidenceOf(folder, one, checksums));
          return compareEvidence(expected, actual)
            .filter(counts)
            .map(({ message }) => message);
        }),
      );
      const withoutDump = [...recorded.keys()]
        .filter((name) => !databases.some((one) => one.name === name))
        .map((name) => `${name}: was recorded, and the set has no dump of it`);
      const compared = databases.filter(({ name }) => recorded.has(name) && !given.failed.includes(name));
      const tables = compared.flatMap(({ name }) => recorded.get(name)?.tables ?? []);
      return {
        found: {
          compared: compared.length,
          tables: tables.length,
          rows: tables.reduce((sum, { rows }) => sum + rows, 0),
          evidence: true,
          differences: [...results.flat(), ...withoutDump],
        },
      };
    },

    check: () => Promise.resolve('not-done'),
  };
}

/** Rights, settings and the like are in no dump: whoever restores sets them. The owner was set by the drill itself. */
function counts({ data, kind }: Difference): boolean {
  return data || kind === 'owner';
}
