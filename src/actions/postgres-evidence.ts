import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { Evidence } from '../postgres/evidence-format.ts';
import type { EvidencePart } from '../postgres/evidence-session.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { evidenceFileOf } from './dump-plan.ts';
import { namingFullDisk } from './full-disk.ts';
import { EVIDENCE_FILE } from './evidence-file.ts';
import { known, orPlaceholder } from './input.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  /** `dumps` of the outputs of each dump step, by any name. */
  dumps: z.record(z.string(), orPlaceholder(z.array(z.object({ evidence: z.string() })))),
});

/** Puts what the dump steps recorded of their databases together into `databases/evidence.json`. */
export function createPostgresEvidence(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'freeBytes'>,
): Action<z.infer<typeof input>, null> {
  const operation = (set: string, verb: 'write' | 'remove', file: string): FileOperation => ({
    kind: 'file',
    verb,
    path: inSet(c.vault, set, file),
    effect: 'change',
    // Which of the site's databases this release has is known to the dump steps.
    ...(verb === 'remove' ? { repeat: true } : {}),
  });
  return {
    name: 'postgres.evidence',
    effect: 'change',
    input,
    onCancel: 'kill',

    describe({ set }) {
      const parts = c.site.database.names.map(evidenceFileOf);
      return Promise.resolve({
        operations: [
          operation(set, 'write', EVIDENCE_FILE),
          ...parts.map((file) => operation(set, 'remove', file)),
        ],
      });
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const set = await c.vault.open(given.set);
      const files = Object.values(given.dumps).flatMap((dumps) =>
        (known(dumps) ?? []).map(({ evidence }) => evidence),
      );
      const parts: EvidencePart[] = [];
      for (const file of files)
        parts.push(JSON.parse(await fs.readFile(await set.pathFor(file), 'utf8')) as EvidencePart);
      const [first] = parts;
      if (first === undefined) throw new StepError('no dump of this run recorded what its database holds');
      const evidence: Evidence = {
        schemaVersion: 1,
        server: first.server,
        roles: first.roles,
        databases: parts.map(({ database }) => database),
      };
      const target = await set.pathFor(EVIDENCE_FILE);
      await context.perform(operation(given.set, 'write', EVIDENCE_FILE), () =>
        namingFullDisk([set.path], c, () =>
          fs.writeFile(target, `${JSON.stringify(evidence, undefined, 2)}\n`, { mode: 0o600 }),
        ),
      );
      for (const file of files)
        await context.perform(operation(given.set, 'remove', file), async () => {
          await fs.rm(await set.pathFor(file), { force: true });
        });
      const tables = evidence.databases.flatMap((database) => database.tables);
      return {
        file: EVIDENCE_FILE,
        databases: evidence.databases.length,
        tables: tables.length,
        rows: tables.reduce((sum, { rows }) => sum + rows, 0),
      };
    },

    check: () => Promise.resolve('not-done'),
  };
}
