import fs from 'node:fs/promises';
import path from 'node:path';
import type { ExecuteContext, ReadContext } from '../contract/action.ts';
import { ExpectedError, messageOf, StepError, VerificationError } from '../contract/errors.ts';
import type { CertificateStoreName } from '../contract/node.ts';
import type { CertificateOperation, FileOperation } from '../contract/operation.ts';
import { holdsNoKey, readCertificateFile } from '../platform/certificates/certificate-file.ts';
import { thumbprintOf } from '../platform/certificates/describe.ts';
import { makeFolder } from '../vault/make-folder.ts';
import { BLOCKED_HINT } from './certificate-changes.ts';
import { commonName, ROLE_NAMES, type SiteCertificate } from './certificates.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { safetyFolder } from './safety.ts';
import { openCertificate } from './set-certificates.ts';

/** A certificate that was there; JSON, for the journal. */
export type KeptCertificate = {
  role: SiteCertificate['role'];
  store: CertificateStoreName;
  thumbprint: string;
  subject: string;
  /** Name of its file in the safety folder: PKCS #12, or `.cer` of one that had no private key. */
  file: string;
};

type Collaborators = Pick<ActionCollaborators, 'stateFolder' | 'openPfx'>;

/** Folder of this run for certificates that it removes. */
export function certificatesFolder(
  c: Pick<ActionCollaborators, 'stateFolder'>,
  context: Pick<ReadContext, 'run'>,
): string {
  return safetyFolder(c, context, 'certificates');
}

/** A certificate that is to be removed, and the file it is exported to before. */
export function keptCertificate({ role, info }: SiteCertificate): KeptCertificate {
  const { store, thumbprint, subject, hasPrivateKey } = info;
  const name = [store.replace('/', '-'), role, thumbprint].join('_').replace(/[^\w.-]/g, '-');
  return { role, store, thumbprint, subject, file: `${name}.${hasPrivateKey ? 'pfx' : 'cer'}` };
}

/** Makes the folder of the exported certificates. */
export function makeFolderOperation(folder: string): FileOperation {
  return { kind: 'file', verb: 'make-folder', path: folder, effect: 'change' };
}

/** The export of one to its file in `folder`. */
export function exportOperation(
  folder: string,
  { store, thumbprint, subject, file }: KeptCertificate,
): CertificateOperation {
  return {
    kind: 'certificate',
    verb: 'export',
    store,
    thumbprint,
    subject,
    file: path.join(folder, file),
    effect: 'change',
  };
}

/** The import of one, exported or of a set; `account` may read its key from then on. */
export function importOperation(
  { store, thumbprint, subject }: Omit<KeptCertificate, 'file' | 'role'>,
  file: string,
  account: string | undefined,
): CertificateOperation {
  return {
    kind: 'certificate',
    verb: 'import',
    store,
    thumbprint,
    subject,
    file,
    // A key of the personal store is its account's own.
    ...(account !== undefined && store !== 'CurrentUser/My' && !holdsNoKey(file) && { account }),
    effect: 'change',
  };
}

/** The removal of one from its store. */
export function removeOperation(
  { store, thumbprint, subject }: Omit<KeptCertificate, 'file' | 'role'>,
  repeat = false,
): CertificateOperation {
  const operation: CertificateOperation = {
    kind: 'certificate',
    verb: 'remove',
    store,
    thumbprint,
    subject,
    effect: 'change',
  };
  return repeat ? { ...operation, repeat: true } : operation;
}

/**
 * Exports certificates, with their keys where they have one, and opens each file again: only then may they be removed. What an earlier attempt
 * exported whole is not exported again. @throws StepError naming the one that cannot be exported; nothing was removed
 */
export async function exportAll(
  c: Collaborators,
  kept: readonly KeptCertificate[],
  password: string,
  context: ExecuteContext,
  folder: string = certificatesFolder(c, context),
): Promise<void> {
  if (kept.length === 0) return;
  await context.perform(makeFolderOperation(folder), () => makeFolder(folder));
  for (const one of kept) {
    const target = path.join(folder, one.file);
    if (await isWhole(c, one, target, password)) continue;
    // Cut off: a store does not write over a file.
    await fs.rm(target, { force: true });
    try {
      await context.certificate(exportOperation(folder, one), password);
      await openKept(c, one, target, password);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof ExpectedError)) throw error;
      throw new StepError(
        `the ${ROLE_NAMES[one.role]} ${commonName(one.subject)} in ${one.store} (${one.thumbprint}) is in the way and cannot be exported: ${messageOf(error)}`,
        { hint: BLOCKED_HINT, cause: error },
      );
    }
  }
}

/** @throws ExpectedError when the file holds something else, or not the key, or the file system's error */
async function openKept(
  c: Pick<ActionCollaborators, 'openPfx'>,
  { thumbprint }: Pick<KeptCertificate, 'thumbprint'>,
  file: string,
  password: string,
): Promise<void> {
  if (!holdsNoKey(file)) {
    await openCertificate(c, { file, shown: file, thumbprint }, password);
    return;
  }
  if (thumbprintOf(await readCertificateFile(file)) !== thumbprint.toUpperCase())
    throw new VerificationError(`${file} does not hold the certificate ${thumbprint}.`);
}

/** Whether the file is there and holds the certificate, with its key where it had one. */
export async function isWhole(
  c: Pick<ActionCollaborators, 'openPfx'>,
  kept: Pick<KeptCertificate, 'thumbprint'>,
  file: string,
  password: string,
): Promise<boolean> {
  try {
    await openKept(c, kept, file, password);
    return true;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing && !(error instanceof ExpectedError)) throw error;
    return false;
  }
}
