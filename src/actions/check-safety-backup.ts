import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import { formatDuration, formatLocalTime } from '../foundation/human.ts';
import { lackedWords } from '../vault/set-parts.ts';
import type { SetSummary } from '../vault/vault.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { ASK_INSTALLED, askInstalled, sameRelease } from './installed-release.ts';
import { readRestoreFacts, type RestoreFacts } from './restore-facts.ts';
import { findComplete, setLookup } from './set-lookup.ts';
import { setPlace, type PlaceCollaborators } from './set-place.ts';

const input = z.strictObject({
  /** Id of a complete set, or `latest`. */
  set: z.string().min(1).default('latest'),
  /** How old it may be. Milliseconds. */
  'max-age': z.int().positive(),
});

const MAKE_ONE = 'Make one that is proven at once: sense-runbook backup --drill always';

/**
 * Whether there is a way back from what cannot be undone: a complete backup set of this site and of the release that is
 * installed now, of one moment, proven restorable by a drill, and young. Without it nothing begins. Gives its id.
 */
export function createCheckSafetyBackup(
  c: Pick<ActionCollaborators, 'site' | 'clock'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  const failed = (message: string, hint = MAKE_ONE): CheckResult => ({
    id: 'safety-backup',
    status: 'failed',
    message,
    hint,
    // Once a node has the new release, the set is not of what is installed; and it grows old.
    beforehand: true,
  });

  function judge(
    set: SetSummary,
    facts: RestoreFacts,
    installed: string | undefined,
    longest: number,
  ): CheckResult[] {
    const age = c.clock.now().getTime() - Date.parse(set.createdAt);
    const made = `Backup set ${set.id}, made ${formatLocalTime(set.createdAt)},`;
    const troubles = [
      ...(facts.siteName === c.site.name ? [] : [failed(`${made} is of the site ${facts.siteName}.`)]),
      ...(age < 0 ? [failed(`${made} is from the future.`, 'Look at the clock of this machine.')] : []),
      ...(age > longest
        ? [
            failed(
              `${made} is ${formatDuration(age)} old: what was done since would be lost on the way back. At most ${formatDuration(longest)} are allowed.`,
            ),
          ]
        : []),
      ...(facts.mutuallyConsistent
        ? []
        : [failed(`${made} is no backup of one moment: it was made while the site ran (quiesce none).`)]),
      ...(installed === undefined || facts.release === undefined || sameRelease(facts.release, installed)
        ? []
        : [failed(`${made} is of ${facts.release}, and ${installed} is installed.`)]),
      ...(facts.lacks.length > 0
        ? [failed(`${made} has ${lackedWords(facts.lacks)}: it is no whole way back.`)]
        : []),
      ...(set.provenAt === undefined && facts.lacks.length === 0
        ? [failed(`${made} is not proven restorable.`, `Prove it: sense-runbook backups drill ${set.id}`)]
        : []),
    ];
    if (troubles.length > 0) return troubles;
    const proven = `proven restorable ${formatLocalTime(set.provenAt ?? '')}`;
    return [
      ...(installed !== undefined && facts.release === undefined ? [unnamed(made, installed)] : []),
      { id: 'safety-backup', status: 'ok', message: `${made} is the way back: ${proven}.` },
    ];
  }

  return createCheck({
    name: 'check.safety-backup',
    input,
    whilePlanning: true,
    operations: (_given, { node }) => [
      setLookup(c, '').list,
      ...(node.discover === undefined ? [] : [ASK_INSTALLED]),
    ],
    async probe(given, context, look) {
      const { node, signal } = context;
      const { sets, list } = setLookup(c, '');
      try {
        const installed =
          node.discover === undefined
            ? c.site.qlik.release
            : ((await look(ASK_INSTALLED, () => askInstalled(node, signal)))?.release ?? c.site.qlik.release);
        const found = await look(list, async () => {
          const set = await findComplete(sets, given.set);
          return set === undefined
            ? undefined
            : { set, facts: await readRestoreFacts(setPlace(c, '', context), set.id) };
        });
        if (found === undefined)
          return {
            checks: [
              failed(
                given.set === 'latest'
                  ? `There is no complete backup set in ${c.vault.root}: there would be no way back.`
                  : `There is no complete backup set ${given.set} in ${c.vault.root}.`,
              ),
            ],
          };
        const checks = judge(found.set, found.facts, installed, given['max-age']);
        return {
          checks,
          observed: { safetyBackup: found.set.id },
          outputs: { set: found.set.id },
          approval: [
            `Way back: restore backup set ${found.set.id} of ${formatLocalTime(found.set.createdAt)}`,
          ],
        };
      } catch (error) {
        signal.throwIfAborted();
        return { checks: [failed(`The backup sets could not be read: ${factOf(error)}`)] };
      }
    },
  });
}

function unnamed(made: string, installed: string): CheckResult {
  return {
    id: 'safety-backup',
    status: 'warning',
    message: `${made} does not tell of which release it is.`,
    hint: `Make sure that it is of ${installed}: a set of another release is no way back. ${MAKE_ONE}`,
  };
}
