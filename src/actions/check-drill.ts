import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { DumpFormat } from '../postgres/server.ts';
import { createCheck } from './check-action.ts';
import { passwordCheck } from './check-certificates.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { drillReadiness } from './drill-readiness.ts';
import { readDrillSet } from './drill-set.ts';
import { adviceOf, factOf } from './failure.ts';

/** How much larger a database is than its dump: indexes, and what a dump in these formats has compressed. */
const GROWTH: Readonly<Record<DumpFormat, number>> = { tar: 2, custom: 8, directory: 8 };

const input = z.strictObject({
  set: z.string().min(1).default('latest').describe('Id of a complete set, or "latest"'),
});

/**
 * Whether a set can be drilled here: it is complete, there are programs of its PostgreSQL version, room, and the
 * password of its certificates. Gives its id and the versions.
 */
export function createCheckDrill(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'database' | 'scratch' | 'secrets' | 'freeBytes'>,
): Action<z.infer<typeof input>, null> {
  const look: FileOperation = { kind: 'file', verb: 'check', path: c.vault.root, effect: 'read' };

  async function find(wanted: string): Promise<string | undefined> {
    if (wanted === 'latest') return (await c.vault.latest())?.id;
    const set = (await c.vault.list()).find(({ id }) => id === wanted);
    return set?.state === 'complete' ? set.id : undefined;
  }

  return createCheck({
    name: 'check.drill',
    input,
    whilePlanning: true,
    operations: () => [look],
    async probe({ set: wanted }, _context, perform) {
      const id = 'drill-set';
      try {
        const set = await perform(look, () => find(wanted));
        if (set === undefined) {
          const message = `There is no complete backup set${wanted === 'latest' ? '' : ` ${wanted}`} in ${c.vault.root}.`;
          const hint = 'List them with: sense-runbook backups';
          return { checks: [{ id, status: 'failed', message, hint }] };
        }
        const { manifestSha256, major, dumpMajor, databases } = await readDrillSet(c, set);
        const bytes = databases.reduce((sum, one) => sum + one.bytes * GROWTH[one.format], 0);
        const checks: CheckResult[] = [
          { id, status: 'ok', message: `Backup set ${set} is complete.` },
          ...(await drillReadiness(c, { major, dumpMajor, bytes })),
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
