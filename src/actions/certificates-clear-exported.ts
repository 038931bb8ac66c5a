import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { FileOperation } from '../contract/operation.ts';
import { joinPath } from '../site/paths.ts';
import type { Site } from '../site/schema.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { discardKept, keepBefore, keepBeforeOperation } from './safety.ts';

const input = z.strictObject({});

/** Where the Repository Service puts certificates as files (manual 6.1 step 3, p. 220). */
export function exportedFolder(site: Pick<Site, 'qlik'>, node: Pick<ReadableNode, 'reach'>): string {
  return node.reach(joinPath(site.qlik.programDataFolder, 'Repository', 'Exported Certificates'));
}

/**
 * Empties the folder of exported certificate files, so that the Repository Service writes new ones (manual 6.1 step 3, p. 220).
 * Nothing is deleted: what is in it is moved to a folder beside it.
 */
export function createCertificatesClearExported(
  c: Pick<ActionCollaborators, 'site' | 'stateFolder'>,
): Action<z.infer<typeof input>, null> {
  const placesOf = ({ node, run }: Pick<ReadContext, 'node' | 'run'>) => {
    const folder = exportedFolder(c.site, node);
    return { folder, kept: `${folder}.before-${run.id}`, after: `${folder}.after-${run.id}` };
  };

  return {
    name: 'certificates.clear-exported',
    effect: 'change',
    input,
    onCancel: 'wait',

    async describe(_given, context) {
      const { folder, kept } = placesOf(context);
      const names = await namesIn(folder);
      return {
        operations: [keepBeforeOperation(c, context), moveOperation(folder, kept)],
        notes: [
          names === undefined
            ? `There is no folder ${folder}.`
            : `${folder} has ${String(names.length)} entries; they are moved, not deleted.`,
        ],
      };
    },

    prepare: () => Promise.resolve(null),

    async execute(_given, before, context) {
      const { folder, kept, after } = placesOf(context);
      await keepBefore(c, context, before);
      const moved = await context.perform(moveOperation(folder, kept), () => moveAll(folder, kept, after));
      return { moved, kept };
    },

    async check(_given, _before, context) {
      const names = await namesIn(placesOf(context).folder);
      return names === undefined || names.length === 0 ? 'done' : 'not-done';
    },

    describeUndo(_given, _before, _outputs, context) {
      const { folder, kept, after } = placesOf(context);
      return Promise.resolve({ operations: [moveOperation(folder, after), moveOperation(kept, folder)] });
    },

    async undo(_given, _before, outputs, context) {
      const { folder, kept, after } = placesOf(context);
      // An undo that was cut off has put some of them back already: those are no new ones.
      const back = await namesIn(kept);
      if (back === undefined) {
        // Gone too when an undo was cut off at its very end: then they are in their place.
        const moved = typeof outputs?.['moved'] === 'number' && outputs['moved'] > 0;
        if (moved && ((await namesIn(folder)) ?? []).length === 0)
          context.warn(
            `${kept} is gone: the certificate files that were in ${folder} are not put back.`,
            'The Repository Service writes them again (manual 6.1 step 3, p. 220).',
          );
        return;
      }
      await context.perform(moveOperation(folder, after), () =>
        moveAll(folder, after, undefined, (name) => back.includes(name)),
      );
      await context.perform(moveOperation(kept, folder), async () => {
        await moveAll(kept, folder);
        await fs.rmdir(kept);
      });
    },

    ...discardKept(c, (context) => {
      const { kept, after } = placesOf(context);
      return [kept, after];
    }),
  };
}

function moveOperation(source: string, target: string): FileOperation {
  return { kind: 'file', verb: 'move', path: target, source, effect: 'change', repeat: true };
}

async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return (await fs.readdir(folder)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Renames every entry of a folder into another one; into `spare` where that has one of the same name. */
async function moveAll(
  from: string,
  to: string,
  spare?: string,
  wanted: (name: string) => boolean = () => true,
): Promise<number> {
  const names = ((await namesIn(from)) ?? []).filter(wanted);
  if (names.length === 0) return 0;
  await fs.mkdir(to, { recursive: true });
  const taken = new Set(await namesIn(to));
  for (const name of names) {
    const target = taken.has(name) ? spare : to;
    if (target === undefined)
      throw new StepError(`${path.join(to, name)} is in the way of ${path.join(from, name)}`, {
        hint: 'Move it away, then go on: nothing was overwritten.',
      });
    await fs.mkdir(target, { recursive: true });
    await fs.rename(path.join(from, name), path.join(target, name));
  }
  return names.length;
}
