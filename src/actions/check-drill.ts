import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import { createCheck } from './check-action.ts';
import { passwordCheck } from './check-certificates.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { findComplete, setLookup } from './set-lookup.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { drillReadiness } from './drill-readiness.ts';
import { DATABASE_GROWTH, readSetDatabases } from './set-databases.ts';
import { adviceOf, factOf } from './failure.ts';

const input = z.strictObject({
  set: z.string().min(1).default('latest').describe('Id of a complete set, or "latest"'),
  copy: copyInput,
});

/**
 * Whether a set can be drilled here: it is complete, there are programs of its PostgreSQL version, room, and the
 * password of its certificates where it has any. Gives its id and the versions.
 */
export function createCheckDrill(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'secrets' | 'freeBytes'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  return createCheck({
    name: 'check.drill',
    input,
    whilePlanning: true,
    operations({ copy }) {
      const { list, read } = setLookup(c, copy);
      return read === undefined ? [list] : [list, read];
    },
    async probe({ set: wanted, copy }, context, perform) {
      const id = 'drill-set';
      try {
        const { sets, list, read } = setLookup(c, copy);
        const set = (await perform(list, () => findComplete(sets, wanted)))?.id;
        if (set === undefined) {
          const message = `There is no complete backup set${wanted === 'latest' ? '' : ` ${wanted}`} in ${sets.root}.`;
          const hint = `List them with: sense-runbook backups${copy === '' ? '' : ` --copy ${copy}`}`;
          return { checks: [{ id, status: 'failed', message, hint }] };
        }
        const place = setPlace(c, copy, context);
        const open = () => readSetDatabases(place, set);
        const { manifestSha256, major, dumpMajor, databases, setBytes, lacks } = await (read === undefined
          ? open()
          : perform(read, open));
        const fetched = place.source === undefined ? 0 : setBytes;
        const bytes = databases.reduce((sum, one) => sum + one.bytes * DATABASE_GROWTH[one.format], 0);
        const checks: CheckResult[] = [
          {
            id,
            status: 'ok',
            message: `Backup set ${set} is complete${copy === '' ? '' : ` in copy ${copy}`}.`,
          },
          ...(await drillReadiness(c, { major, dumpMajor, bytes, fetched })),
          lacks.includes('certificates') ? WITHOUT_CERTIFICATES : await passwordCheck(c),
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

const WITHOUT_CERTIFICATES: CheckResult = {
  id: 'drill-certificates',
  status: 'ok',
  message: 'The set was made without certificates: none is opened, and nothing is proven of them.',
};
