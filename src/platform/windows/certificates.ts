import fs from 'node:fs/promises';
import * as z from 'zod';
import { ExpectedError, messageOf, VerificationError } from '../../contract/errors.ts';
import type { CertificateInfo, CertificateManager, CertificateStoreName } from '../../contract/node.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import { holdsNoKey, readCertificateFile } from '../certificates/certificate-file.ts';
import { describeCertificate, parseCertificate, thumbprintOf } from '../certificates/describe.ts';
import { openPfx } from '../certificates/pfx.ts';
import { certificateError } from './certificate-errors.ts';
import { readAnswer, type PowerShell } from './powershell.ts';

/** Opening a key may take seconds on a machine that has just started. Milliseconds. */
const LIMIT_MS = 3 * 60_000;

const STORES: readonly CertificateStoreName[] = ['LocalMachine/Root', 'LocalMachine/My', 'CurrentUser/My'];

// Made when it is used: `status` loads this file and needs no shape of it.
const certificateSchema = z.lazy(() =>
  z.object({
    store: z.enum(['LocalMachine/Root', 'LocalMachine/My', 'CurrentUser/My']),
    thumbprint: z.string().regex(/^[0-9A-F]{40}$/i),
    subject: z.string(),
    issuer: z.string(),
    notBefore: z.string(),
    notAfter: z.string(),
    hasPrivateKey: z.boolean(),
    keyState: z.enum(['exportable', 'not-exportable', 'no-access']).nullable(),
    raw: z.string(),
  }),
);

const listSchema = z.lazy(() => z.object({ certificates: z.array(certificateSchema) }));
const exportSchema = z.object({ pfx: z.string().min(1) });

/**
 * The certificate stores of the Windows machine that `powershell` runs its scripts on. `CurrentUser` is the account
 * it runs as. Files are read and written here, not by the scripts, so that the machine may be another one.
 */
export function createWindowsCertificates({
  powershell,
}: {
  readonly powershell: PowerShell;
}): CertificateManager {
  return {
    async list() {
      return (await listed(STORES)).map(infoOf);
    },

    async export(store, thumbprint, file, password) {
      const doing = `the certificate ${thumbprint} in ${store} cannot be exported`;
      if (holdsNoKey(file)) {
        const found = (await listed([store])).find(
          (one) => one.thumbprint.toUpperCase() === thumbprint.toUpperCase(),
        );
        if (found === undefined)
          throw new ExpectedError(`${doing}: it is not there`, {
            hint: 'Look at the certificates again: it was removed or replaced in the meantime.',
          });
        return writeNew(file, Buffer.from(found.raw, 'base64'));
      }
      const answer = await run('certificates-export', { store, thumbprint, password }, doing);
      await writeNew(file, Buffer.from(readAnswer(exportSchema, answer, doing).pfx, 'base64'));
    },

    async import(store, file, password, account) {
      const doing = `${file} cannot be imported into ${store}`;
      if (holdsNoKey(file)) {
        const certificate = await readCertificateFile(file);
        const request = {
          store,
          thumbprint: thumbprintOf(certificate),
          raw: certificate.raw.toString('base64'),
        };
        const answer = await run('certificates-add', request, doing);
        return infoOf(readAnswer(certificateSchema, answer, doing));
      }
      // A wrong password or a missing key shows here, before a store is touched.
      const { certificates } = await openPfx(file, password);
      const own = certificates.filter(({ keyPem }) => keyPem !== undefined);
      const [only] = own;
      if (only === undefined || own.length > 1)
        throw new VerificationError(
          `${file} holds ${own.length} certificates with their private keys instead of one`,
          { hint: 'Export each certificate into a file of its own (manual 5.4, p. 189-197).' },
        );
      const pfx = (await fs.readFile(file)).toString('base64');
      const { thumbprint } = only;
      const request = { store, thumbprint, pfx, password, account: account ?? null };
      const answer = await run('certificates-import', request, doing);
      return infoOf(readAnswer(certificateSchema, answer, doing));
    },

    async remove(store, thumbprint) {
      await run(
        'certificates-remove',
        { store, thumbprint },
        `the certificate ${thumbprint} in ${store} cannot be removed`,
      );
    },
  };

  async function listed(
    stores: readonly CertificateStoreName[],
  ): Promise<z.infer<typeof certificateSchema>[]> {
    const doing = 'the certificates cannot be listed';
    const answer = await run('certificates-list', { stores: [...stores] }, doing);
    return readAnswer(listSchema, answer, doing).certificates;
  }

  async function run(script: string, input: JsonObject, doing: string): Promise<JsonValue> {
    try {
      return await powershell.run(script, input, { timeoutMs: LIMIT_MS });
    } catch (error) {
      throw certificateError(doing, error);
    }
  }
}

function infoOf(found: z.infer<typeof certificateSchema>): CertificateInfo {
  const { store, hasPrivateKey, keyState, raw, ...told } = found;
  const key = { hasPrivateKey, ...(keyState !== null && { keyState }) };
  try {
    // One decoder for stores and for files: names compare as text, and Windows writes them in another order.
    return {
      store,
      ...describeCertificate(parseCertificate(Buffer.from(raw, 'base64'), told.thumbprint)),
      ...key,
    };
  } catch (error) {
    // A root of some other program that only Windows reads: no certificate of Qlik Sense, and no reason to stop.
    if (!(error instanceof VerificationError || error instanceof RangeError)) throw error;
    return { store, ...told, ...key };
  }
}

/** Never over a file that is there: it may be the only copy of a key. */
async function writeNew(file: string, data: Buffer): Promise<void> {
  try {
    await fs.writeFile(file, data, { flag: 'wx', mode: 0o600, flush: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new ExpectedError(`${file} exists already and is not overwritten`, {
        hint: 'Move it away, then try again.',
        cause,
      });
    // What was begun would be taken for an export the next time.
    await fs.rm(file, { force: true }).catch(() => undefined);
    throw new ExpectedError(`${file} cannot be written: ${messageOf(cause)}`, {
      hint: ['EBUSY', 'EPERM', 'EACCES'].includes(code ?? '')
        ? 'Another program may have it open, or this account may not write there.'
        : 'Look whether the folder is there and has room.',
      cause,
    });
  }
}
