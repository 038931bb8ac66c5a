import path from 'node:path';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { siteDatabases } from './database-names.ts';
import { drillReadiness } from './drill-readiness.ts';
import { factOf } from './failure.ts';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

const input = z.strictObject({ drill: z.enum(['never', 'weekly', 'always']) });

/** Whether a drill is due, and if not, why. */
interface Due {
  readonly due: boolean;
  readonly why: string;
  /** It is wanted, and cannot be made here: what to do. */
  readonly trouble?: { readonly message: string; readonly hint?: string };
  readonly facts: JsonObject;
}

/**
 * Says whether the set that a backup writes is to be drilled. `weekly`: when the newest proven set is older than seven
 * days. One that cannot be made here (no programs, no room) is a warning and no reason to have no backup.
 */
export function createDrillDue(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'offsite' | 'database' | 'scratch' | 'clock' | 'freeBytes'>,
): Action<z.infer<typeof input>, null> {
  const read: FileOperation = {
    kind: 'file',
    verb: 'read',
    path: path.join(c.vault.root, '<histories of the sets>'),
    effect: 'read',
  };

  /** When the set was made that is the newest of the proven ones. Milliseconds. */
  async function newestProven(): Promise<number | undefined> {
    const times: number[] = [];
    for (const set of await c.vault.list()) {
      if (set.state === 'complete' && set.provenAt !== undefined) times.push(Date.parse(set.createdAt));
    }
    return times.length === 0 ? undefined : Math.max(...times);
  }

  async function look(wanted: 'weekly' | 'always'): Promise<Due> {
    if (wanted === 'weekly') {
      const proven = await newestProven();
      const age = proven === undefined ? undefined : c.clock.now().getTime() - proven;
      if (age !== undefined && age <= WEEK_MS)
        return { due: false, why: 'A set of the last seven days is proven restorable.', facts: {} };
    }
    const facts = await c.database.facts();
    const { major: dumpMajor } = await c.database.programs(facts.major);
    const bytes = siteDatabases(c.site.database.names, facts, c.site.qlik.release).reduce(
      (sum, { found }) => sum + (found?.bytes ?? 0),
      0,
    );
    // Of the set that this run makes nobody knows the size yet: that of the one before.
    const fetched = c.offsite.vault === undefined ? 0 : ((await c.vault.latest())?.bytes ?? 0);
    const needs = { major: facts.major, dumpMajor, bytes, fetched };
    const failed = (await drillReadiness(c, needs)).find(({ status }) => status === 'failed');
    if (failed === undefined)
      return { due: true, why: 'The new set is drilled.', facts: { major: facts.major, dumpMajor } };
    const trouble = {
      message: `The set will not be drilled: ${failed.message}`,
      ...(failed.hint === undefined ? {} : { hint: failed.hint }),
    };
    return { due: false, why: trouble.message, trouble, facts: {} };
  }

  return {
    name: 'drill.due',
    effect: 'read',
    input,
    onCancel: 'kill',

    async describe({ drill }) {
      if (drill === 'never')
        return { operations: [], outputs: { due: false }, notes: ['Not wanted (drill=never).'] };
      try {
        const { due, why, trouble, facts } = await look(drill);
        const notes = [why, ...(trouble?.hint === undefined ? [] : [trouble.hint])];
        return { operations: [read], outputs: { due, ...facts }, notes };
      } catch (error) {
        const notes = [`Whether a drill is due cannot be told: ${factOf(error)}`];
        return { operations: [read], outputs: { due: false }, basis: 'assumed', notes };
      }
    },

    prepare: () => Promise.resolve(null),

    async execute({ drill }, _before, context) {
      if (drill === 'never') return { due: false };
      const { due, trouble, facts } = await context.perform(read, () => look(drill));
      if (trouble !== undefined) context.warn(trouble.message, trouble.hint);
      return { due, ...facts };
    },

    check: () => Promise.resolve('not-done'),
  };
}
