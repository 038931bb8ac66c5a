import path from 'node:path';
import type { Action } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { CertificateInfo } from '../contract/node.ts';
import type { CertificateOperation } from '../contract/operation.ts';
import { holdsNoKey } from '../platform/certificates/certificate-file.ts';
import { keyOf } from './certificate-changes.ts';
import { commonName, ROLE_NAMES } from './certificates.ts';
import {
  certificatesFolder,
  importOperation,
  isWhole,
  removeOperation,
  type KeptCertificate,
} from './certificates-safety.ts';
import type { CertificatesBefore, CertificatesCollaborators } from './restore-certificates.ts';

type Undo<Input> = Required<Pick<Action<Input, CertificatesBefore>, 'undo' | 'describeUndo' | 'foreseeUndo'>>;

/**
 * Takes the imported certificates out again and puts those that were there back from the run's safety folder. Looks at the
 * stores, so that it may be done again, and after an attempt that was cut off anywhere.
 */
export function putBackCertificates<Input>(c: CertificatesCollaborators): Undo<Input> {
  return {
    async describeUndo(_input, before, _outputs, context) {
      return {
        operations: [
          ...before.imported.map((one) => removeOperation(one, true)),
          ...before.replaced.map((one) => importBack(one, before.account, certificatesFolder(c, context))),
        ],
      };
    },

    async foreseeUndo(_input, { replaced }, _outputs, context) {
      const gone = missingOf(replaced, await context.node.certificates.list());
      const password = await c.secrets.read(c.site.certificates.password);
      return unopened(c, gone, password, certificatesFolder(c, context));
    },

    async undo(_input, before, _outputs, context) {
      const { node } = context;
      const folder = certificatesFolder(c, context);
      const all = await node.certificates.list();
      const there = new Set(all.map(keyOf));
      const gone = missingOf(before.replaced, all);
      const password = await c.secrets.read(c.site.certificates.password);
      // Before anything is taken out: with a wrong password neither the old nor the new ones would be there.
      const [obstacle] = await unopened(c, gone, password, folder);
      if (obstacle !== undefined) throw obstacle;
      for (const one of before.imported)
        if (there.has(keyOf(one))) await context.certificate(removeOperation(one, true), '');
      for (const one of gone) await context.certificate(importBack(one, before.account, folder), password);
    },
  };
}

/** The import of one from where it was kept; may be done again. */
export function importBack(
  one: KeptCertificate,
  account: string | null,
  folder: string,
): CertificateOperation {
  const file = path.join(folder, one.file);
  return { ...importOperation(one, file, account ?? undefined), repeat: true };
}

/** Those that are not in their store any more, or not with their key where they had one. */
export function missingOf(
  kept: readonly KeptCertificate[],
  all: readonly CertificateInfo[],
): KeptCertificate[] {
  const withKeys = new Set(all.filter(({ hasPrivateKey }) => hasPrivateKey).map(keyOf));
  const there = new Set(all.map(keyOf));
  return kept.filter((one) => !(holdsNoKey(one.file) ? there : withKeys).has(keyOf(one)));
}

/** Which of those that were kept in `folder` cannot be put back, and why. */
export async function unopened(
  c: Pick<CertificatesCollaborators, 'openPfx'>,
  kept: readonly KeptCertificate[],
  password: string,
  folder: string,
): Promise<StepError[]> {
  const found: StepError[] = [];
  for (const one of kept) {
    const file = path.join(folder, one.file);
    if (await isWhole(c, one, file, password)) continue;
    const why = holdsNoKey(file)
      ? 'is no such certificate'
      : 'does not open with certificates.password of site.yaml';
    const what = holdsNoKey(file)
      ? 'Put the file there again'
      : 'Set the password with which the restore was run';
    found.push(
      new StepError(
        `the ${ROLE_NAMES[one.role]} ${commonName(one.subject)} cannot be put back: ${file} is missing or ${why}`,
        { hint: `No certificate was taken out. ${what}, then roll back again.` },
      ),
    );
  }
  return found;
}
