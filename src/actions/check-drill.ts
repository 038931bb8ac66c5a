import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { Operation } from '../contract/operation.ts';
import type { DumpFormat } from '../postgres/server.ts';
import { dumpCommand, snapshotsCommand } from '../vault/restic/commands.ts';
import { MANIFEST } from '../vault/set-names.ts';
import { newestComplete } from '../vault/newest-complete.ts';
import type { SetSource } from '../vault/vault.ts';
import { createCheck } from './check-action.ts';
import { passwordCheck } from './check-certificates.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyInput, setPlace, setSource, type PlaceCollaborators } from './set-place.ts';
import { drillReadiness } from './drill-readiness.ts';
import { readSetDatabases } from './set-databases.ts';
import { adviceOf, factOf } from './failure.ts';

/** How much larger a database is than its dump: indexes, and what a dump in these formats has compressed. */
const GROWTH: Readonly<Record<DumpFormat, number>> = { tar: 2, custom: 8, directory: 8 };

/** Stands for the set, which may be asked for as the latest. */
const NEEDED = '<the-set>';

const input = z.strictObject({
  set: z.string().min(1).default('latest').describe('Id of a complete set, or "latest"'),
  copy: copyInput,
});

/**
 * Whether a set can be drilled here: it is complete, there are programs of its PostgreSQL version, room, and the
 * password of its certificates. Gives its id and the versions.
 */
export function createCheckDrill(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'secrets' | 'freeBytes'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  /** Where the set is looked for, and by what. */
  function whereOf(copy: string): { sets: SetSource; list: Operation; read?: Operation } {
    const source = setSource(c, copy);
    const look: Operation = { kind: 'file', verb: 'check', path: c.vault.root, effect: 'read' };
    if (source === undefined) return { sets: c.vault, list: look };
    const read = dumpCommand(source.target, NEEDED, `/${MANIFEST}`);
    if (copy === '') return { sets: c.vault, list: look, read };
    return { sets: source, list: snapshotsCommand(source.target), read };
  }

  async function find(sets: SetSource, wanted: string): Promise<string | undefined> {
    const all = await sets.list();
    const set = wanted === 'latest' ? newestComplete(all) : all.find(({ id }) => id === wanted);
    return set?.state === 'complete' ? set.id : undefined;
  }

  return createCheck({
    name: 'check.drill',
    input,
    whilePlanning: true,
    operations({ copy }) {
      const { list, read } = whereOf(copy);
      return read === undefined ? [list] : [list, read];
    },
    async probe({ set: wanted, copy }, context, perform) {
      const id = 'drill-set';
      try {
        const { sets, list, read } = whereOf(copy);
        const set = await perform(list, () => find(sets, wanted));
        if (set === undefined) {
          const message = `There is no complete backup set${wanted === 'latest' ? '' : ` ${wanted}`} in ${sets.root}.`;
          const hint = `List them with: sense-runbook backups${copy === '' ? '' : ` --copy ${copy}`}`;
          return { checks: [{ id, status: 'failed', message, hint }] };
        }
        const place = setPlace(c, copy, context);
        const open = () => readSetDatabases(place, set);
        const { manifestSha256, major, dumpMajor, databases, setBytes } = await (read === undefined
          ? open()
          : perform(read, open));
        const fetched = place.source === undefined ? 0 : setBytes;
        const bytes = databases.reduce((sum, one) => sum + one.bytes * GROWTH[one.format], 0);
        const checks: CheckResult[] = [
          {
            id,
            status: 'ok',
            message: `Backup set ${set} is complete${copy === '' ? '' : ` in copy ${copy}`}.`,
          },
          ...(await drillReadiness(c, { major, dumpMajor, bytes, fetched })),
          await passwordCheck(c),
        ];
        return { checks, outputs: { set, major, dumpMajor }, observed: { set, manifestSha256 } };
      } catch (error) {
        const hint = adviceOf(error);
        const message = factOf(error);
        return { checks: [{ id, status: 'failed', message, ...(hint === undefined ? {} : { hint }) }] };
      }
    },
  });
}
