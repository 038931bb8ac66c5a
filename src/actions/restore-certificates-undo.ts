import path from 'node:path';
import type { Action } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
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

type Undo<Input> = Required<Pick<Action<Input, CertificatesBefore>, 'undo' | 'describeUndo'>>;

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

    async undo(_input, before, _outputs, context) {
      const { node } = context;
      const folder = certificatesFolder(c, context);
      const all = await node.certificates.list();
      const withKeys = new Set(all.filter(({ hasPrivateKey }) => hasPrivateKey).map(keyOf));
      const there = new Set(all.map(keyOf));
      const gone = before.replaced.filter(
        (one) => !(holdsNoKey(one.file) ? there : withKeys).has(keyOf(one)),
      );
      const password = await c.secrets.read(c.site.certificates.password);
      // Before anything is taken out: with a wrong password neither the old nor the new ones would be there.
      for (const one of gone) await mustOpen(c, one, password, folder);
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

/** @throws StepError when what was kept cannot be put back */
export async function mustOpen(
  c: Pick<CertificatesCollaborators, 'openPfx'>,
  one: KeptCertificate,
  password: string,
  folder: string,
): Promise<void> {
  const file = path.join(folder, one.file);
  if (await isWhole(c, one, file, password)) return;
  throw new StepError(
    `the ${ROLE_NAMES[one.role]} ${commonName(one.subject)} cannot be put back: ${file} is missing or ${holdsNoKey(file) ? 'is no such certificate' : 'does not open with certificates.password of site.yaml'}`,
    {
      hint: `No certificate was taken out. ${holdsNoKey(file) ? 'Put the file there again' : 'Set the password with which the restore was run'}, then roll back again.`,
    },
  );
}
