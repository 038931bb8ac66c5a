import path from 'node:path';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import type { FileOperation } from '../contract/operation.ts';
import { HISTORY_FILE } from '../vault/set-names.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyInput, setPlace, type SetPlace, type PlaceCollaborators } from './set-place.ts';
import { readSetDatabases } from './set-databases.ts';
import { known, orPlaceholder } from './input.ts';
import { setInput } from './set-paths.ts';

/** Differences kept in the history and in outputs; the rest is counted. */
const KEPT = 100;

const part = orPlaceholder(z.looseObject({ differences: z.array(z.string()) }));

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  files: orPlaceholder(
    z.looseObject({
      differences: z.array(z.string()),
      startedAt: z.string(),
      files: z.number(),
      samplePercent: z.number().optional(),
    }),
  ),
  certificates: orPlaceholder(
    z.looseObject({ differences: z.array(z.string()), wrongPassword: z.boolean().optional() }),
  ),
  roles: part,
  restore: orPlaceholder(
    z.looseObject({ differences: z.array(z.string()), restoreMs: z.number(), restored: z.number() }),
  ),
  compare: orPlaceholder(
    z.looseObject({
      differences: z.array(z.string()),
      evidence: z.boolean(),
      compared: z.number(),
      tables: z.number(),
      rows: z.number(),
    }),
  ),
});

/**
 * Makes the verdict of what the parts of a drill found (their outputs) and writes it into the set's history, or that of
 * the copy it was fetched from: what one lying elsewhere is like says nothing of the one in the vault. A set without
 * evidence that restored without trouble is neither proven nor failed: nothing is written then.
 */
export function createDrillRecord(
  c: Pick<ActionCollaborators, 'clock' | 'tool' | 'host'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  const write = (place: SetPlace, set: string): FileOperation => ({
    kind: 'file',
    verb: 'write',
    path: path.join(place.historyFolder(set), HISTORY_FILE),
    effect: 'change',
  });
  return {
    name: 'drill.record',
    effect: 'change',
    input,
    onCancel: 'wait',

    describe: ({ set, copy }, context) =>
      Promise.resolve({ operations: [{ ...write(setPlace(c, copy, context), set), repeat: true }] }),

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const place = setPlace(c, given.copy, context);
      const copy = given.copy === '' ? {} : { copy: given.copy };
      const [files, restore, compare] = [known(given.files), known(given.restore), known(given.compare)];
      if (typeof files !== 'object' || typeof restore !== 'object' || typeof compare !== 'object')
        throw new TypeError('drill.record needs the outputs of the steps before it');
      const certificates = known(given.certificates);
      const parts = [files, certificates, known(given.roles), restore, compare];
      const differences = parts.flatMap((one) => (typeof one === 'object' ? one.differences : []));
      const wrongPassword =
        typeof certificates === 'object' &&
        certificates.wrongPassword === true &&
        certificates.differences.length === differences.length;
      const verdict = differences.length > 0 ? 'failed' : compare.evidence ? 'passed' : 'not-compared';
      const durationMs = Math.max(0, c.clock.now().getTime() - Date.parse(files.startedAt));
      const sampled = files.samplePercent === undefined ? {} : { samplePercent: files.samplePercent };
      const { manifestSha256, lacks } = await readSetDatabases(place, given.set);
      const lacked = lacks.length === 0 ? {} : { lacks: [...lacks] };
      if (verdict !== 'not-compared') {
        await context.perform(write(place, given.set), () =>
          place.remember(given.set, {
            schemaVersion: 1,
            kind: 'drill',
            verdict,
            at: c.clock.now().toISOString(),
            durationMs,
            manifestSha256,
            ...sampled,
            restoreMs: restore.restoreMs,
            ...lacked,
            differences,
            ...(wrongPassword && { reason: 'certificate-password' as const }),
            run: context.run.id,
            ...copy,
            host: c.host,
            tool: c.tool,
          }),
        );
      }
      const drill: JsonObject = {
        set: given.set,
        ...copy,
        verdict,
        differenceCount: differences.length,
        differences: differences.slice(0, KEPT),
        restoreMs: restore.restoreMs,
        durationMs,
        ...sampled,
        files: files.files,
        databases: restore.restored,
        tables: compare.tables,
        rows: compare.rows,
        ...lacked,
      };
      return { drill };
    },

    // A second line of the same run does no harm.
    check: () => Promise.resolve('not-done'),
  };
}
