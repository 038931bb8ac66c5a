import type { X509Certificate } from 'node:crypto';
import fs from 'node:fs/promises';
import { parseCertificate } from './describe.ts';

/** Whether a file, by its name, holds a certificate alone, without a private key: DER, as Windows exports it. */
export function holdsNoKey(file: string): boolean {
  return /\.cer$/i.test(file);
}

/** The certificate of such a file. @throws VerificationError when it is none, or the file system's error */
export async function readCertificateFile(file: string): Promise<X509Certificate> {
  return parseCertificate(await fs.readFile(file), file);
}
