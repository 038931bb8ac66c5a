import fs from 'node:fs/promises';
import * as z from 'zod';
import { VerificationError } from '../contract/errors.ts';

/** Lists what was exported, in the set's folder `certificates`. */
export const CERTIFICATE_INDEX = 'certificates/index.json';

const entrySchema = z.object({
  role: z.enum(['ca', 'server', 'client', 'service-cluster', 'included']),
  /** Relative to the set, with `/`. */
  file: z.string().min(1),
  store: z.enum(['LocalMachine/Root', 'LocalMachine/My', 'CurrentUser/My']),
  subject: z.string(),
  issuer: z.string(),
  thumbprint: z.string().min(1),
  notBefore: z.string(),
  notAfter: z.string(),
  qlikRole: z.string().exactOptional(),
  /** Of an `included` one that the repository database names: the customer's own. */
  use: z.enum(['proxy', 'encryption']).exactOptional(),
});

/** One exported certificate. Times are ISO 8601 UTC. */
export type CertificateEntry = z.infer<typeof entrySchema>;

/** What the list holds, and the manifest of a set too. */
export const certificateEntries = z.array(entrySchema);

/** Reads the list of a set's certificates. @throws VerificationError when it is missing or damaged. */
export async function readCertificateIndex(file: string): Promise<CertificateEntry[]> {
  try {
    return certificateEntries.parse(JSON.parse(await fs.readFile(file, 'utf8')));
  } catch (error) {
    throw new VerificationError(`The list of exported certificates ${file} cannot be read.`, {
      hint: 'Make the backup again.',
      cause: error,
    });
  }
}
