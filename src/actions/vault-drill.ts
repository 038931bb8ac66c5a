import * as z from 'zod';
import type { Action, Description, ReadContext } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { createDrillCheckCertificates } from './drill-check-certificates.ts';
import { createDrillCompare } from './drill-compare.ts';
import { createDrillCreateRoles } from './drill-create-roles.ts';
import { createDrillFetch } from './drill-fetch.ts';
import { createDrillRecord } from './drill-record.ts';
import { createDrillRestore } from './drill-restore.ts';
import { createDrillStartCluster } from './drill-start-cluster.ts';
import type { ScratchBefore } from './drill-start-cluster.ts';
import { createDrillVerifyFiles } from './drill-verify-files.ts';
import { removeFetched } from './fetch-set.ts';
import { orPlaceholder } from './input.ts';
import { dumpedFrom } from './set-databases.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  sample: z.int().min(1).max(100).default(100),
  format: z.enum(['tar', 'custom', 'directory']).default('tar'),
  from: dumpedFrom,
  major: orPlaceholder(z.number()),
  dumpMajor: orPlaceholder(z.number()),
});

type Input = z.infer<typeof input>;

/**
 * A whole drill as one step, for runbooks that do something else in the first place: the parts of the runbook `drill`
 * in its order. `drill.remove-cluster` and `drill.remove-fetched` among the always-steps and `drill.judge` after it
 * belong to it.
 */
export function createVaultDrill(c: ActionCollaborators): Action<Input, ScratchBefore> {
  const fetch = createDrillFetch(c);
  const files = createDrillVerifyFiles(c);
  const certificates = createDrillCheckCertificates(c);
  const start = createDrillStartCluster(c);
  const roles = createDrillCreateRoles(c);
  const restore = createDrillRestore(c);
  const compare = createDrillCompare(c);
  const record = createDrillRecord(c);

  function describeAll(given: Input, context: ReadContext): Promise<Description>[] {
    const { set, sample, format, from, major, dumpMajor } = given;
    const copy = '';
    return [
      ...(c.offsite.vault === undefined ? [] : [fetch.describe({ set, copy }, context)]),
      files.describe({ set, copy, sample }, context),
      certificates.describe({ set, copy }, context),
      start.describe({ major }, context),
      roles.describe({ set, copy }, context),
      restore.describe({ set, copy, format, from, dumpMajor }, context),
      compare.describe({ set, copy, format, from, failed: [] }, context),
      record.describe(
        {
          set,
          copy,
          files: '<files>',
          certificates: '<certificates>',
          roles: '<roles>',
          restore: '<restore>',
          compare: '<compare>',
        },
        context,
      ),
    ];
  }

  return {
    name: 'vault.drill',
    effect: 'change',
    input,
    onCancel: 'kill',

    async describe(given, context) {
      const parts = await Promise.all(describeAll(given, context));
      return {
        operations: parts.flatMap(({ operations }) => operations),
        notes: parts.flatMap(({ notes = [] }) => notes),
        ...(parts.some(({ basis }) => basis === 'assumed') ? { basis: 'assumed' as const } : {}),
      };
    },

    prepare: ({ major }, context) => start.prepare({ major }, context),

    async execute({ set, sample, format, from, major, dumpMajor }, before, context): Promise<JsonObject> {
      const tell = (text: string): void => context.progress({ text });
      const copy = '';
      if (c.offsite.vault !== undefined) {
        tell('fetching the set');
        await fetch.execute({ set, copy }, null, context);
      }
      const outputs = {
        files: found(await files.execute({ set, copy, sample }, null, context)),
        certificates: found(await certificates.execute({ set, copy }, null, context)),
      };
      tell('starting the scratch database');
      await start.execute({ major }, before, context);
      const made = found(await roles.execute({ set, copy }, null, context));
      tell('restoring');
      const restored = found(await restore.execute({ set, copy, format, from, dumpMajor }, null, context));
      tell('comparing');
      const failed = restored['failed'] as string[];
      const compared = found(await compare.execute({ set, copy, format, from, failed }, null, context));
      const all = { set, ...outputs, roles: made, restore: restored, compare: compared };
      return record.execute(record.input.parse(all), null, context);
    },

    check: () => Promise.resolve('not-done'),

    cleanUp: async ({ major }, before, context) => [
      ...(await removeFetched(c, context)),
      ...((await start.cleanUp?.({ major }, before, context)) ?? []),
    ],
  };
}

/** What a part found. */
function found(outputs: JsonObject): JsonObject {
  return outputs['found'] as JsonObject;
}
