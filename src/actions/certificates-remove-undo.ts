import type { Action, ReadContext } from '../contract/action.ts';
import type { CertificateInfo } from '../contract/node.ts';
import { blockedBy, keyOf } from './certificate-changes.ts';
import type { RemoveBefore, RemoveCollaborators } from './certificates-remove.ts';
import {
  exportAll,
  exportOperation,
  keptCertificate,
  makeFolderOperation,
  removeOperation,
  type KeptCertificate,
} from './certificates-safety.ts';
import { certificatesOf, takenFolder, type Selection } from './certificates-selected.ts';
import { importBack, missingOf, unopened } from './restore-certificates-undo.ts';
import { safetyFolder } from './safety.ts';

type Undo<Input> = Required<Pick<Action<Input, RemoveBefore>, 'undo' | 'describeUndo' | 'foreseeUndo'>>;

/**
 * Puts the removed certificates back. What the Repository Service has made in their place since is exported first and
 * removed: of two, it would delete both at its next start (manual 6.3, p. 228).
 */
export function putBackRemoved<Input extends Pick<Selection, 'old-central'>>(
  c: RemoveCollaborators,
): Undo<Input> {
  const afterFolder = (context: Pick<ReadContext, 'run' | 'node'>): string =>
    safetyFolder(c, context, 'certificates-after', context.node.name);

  return {
    async describeUndo(input, before, _outputs, context) {
      if (before.byHand)
        return { operations: [], notes: [`What a person did on ${context.node.name} is left as it is.`] };
      const made = madeSince(await context.node.certificates.list(), input, before, context);
      const folder = afterFolder(context);
      const taken = takenFolder(c, context, input['old-central']);
      return {
        operations: [
          ...(made.length > 0 ? [makeFolderOperation(folder)] : []),
          ...made.map((one) => exportOperation(folder, one)),
          ...made.map((one) => removeOperation(one)),
          ...before.taken.map((one) => importBack(one, before.account, taken)),
        ],
      };
    },

    async foreseeUndo(input, { byHand, taken }, _outputs, context) {
      if (byHand) return [];
      const gone = missingOf(taken, await context.node.certificates.list());
      const password = await c.secrets.read(c.site.certificates.password);
      return unopened(c, gone, password, takenFolder(c, context, input['old-central']));
    },

    async undo(input, before, outputs, context) {
      if (before.byHand) {
        // Nobody was there to do it.
        if (outputs?.['byHand'] === false) return;
        context.warn(
          `${context.node.name}: the certificates that were removed there by hand are still missing.`,
          'Import them again as they were exported (manual 5.5, p. 198), before the services of that node start.',
        );
        return;
      }
      const all = await context.node.certificates.list();
      const gone = missingOf(before.taken, all);
      const password = await c.secrets.read(c.site.certificates.password);
      const folder = takenFolder(c, context, input['old-central']);
      // Before anything is taken out: with a wrong password neither the old nor the new ones would be there.
      const [obstacle] = await unopened(c, gone, password, folder);
      if (obstacle !== undefined) throw obstacle;
      const made = madeSince(all, input, before, context);
      await exportAll(c, made, password, context, afterFolder(context));
      for (const one of made) await context.certificate(removeOperation(one), '');
      for (const one of gone) await context.certificate(importBack(one, before.account, folder), password);
    },
  };
}

function madeSince(
  all: readonly CertificateInfo[],
  { 'old-central': oldCentral }: Pick<Selection, 'old-central'>,
  before: RemoveBefore,
  context: Pick<ReadContext, 'node' | 'nodes'>,
): KeptCertificate[] {
  const known = new Set([...before.taken.map(keyOf), ...before.left]);
  return certificatesOf(all, context, oldCentral)
    .filter(({ info }) => !known.has(keyOf(info)))
    .map((one) => {
      const kept = keptCertificate(one);
      // The central node gives a node such a key anew: one that cannot be exported must not hold up the way back.
      return blockedBy(one).length === 0 ? kept : { ...kept, file: kept.file.replace(/\.pfx$/, '.cer') };
    });
}
