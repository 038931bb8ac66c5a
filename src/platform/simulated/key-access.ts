import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { UsageError } from '../../contract/errors.ts';
import type { CertificateStoreName } from '../../contract/node.ts';

/** Accounts that were given read access, by store and thumbprint. */
const file = z.lazy(() => z.record(z.string(), z.array(z.string())));

type KeyAccess = Record<string, string[]>;

/** Lets an account read the private key of a certificate of a simulated node, besides those that may. @throws UsageError */
export async function giveKeyAccess(
  folder: string,
  store: CertificateStoreName,
  thumbprint: string,
  account: string,
): Promise<void> {
  const all = await readKeyAccess(folder);
  const name = keyName(store, thumbprint);
  const readers = all[name] ?? [];
  if (readers.some((reader) => reader.toLowerCase() === account.toLowerCase())) return;
  await writeKeyAccess(folder, { ...all, [name]: [...readers, account] });
}

/** With a key goes who may read it. @throws UsageError */
export async function forgetKeyAccess(
  folder: string,
  store: CertificateStoreName,
  thumbprint: string,
): Promise<void> {
  const { [keyName(store, thumbprint)]: gone, ...others } = await readKeyAccess(folder);
  if (gone !== undefined) await writeKeyAccess(folder, others);
}

function keyName(store: CertificateStoreName, thumbprint: string): string {
  return `${store} ${thumbprint.toUpperCase()}`;
}

/** Beside the stores: in them are certificates and keys alone. */
function accessFile(folder: string): string {
  return path.join(folder, 'key-access.json');
}

async function readKeyAccess(folder: string): Promise<KeyAccess> {
  const target = accessFile(folder);
  let text: string;
  try {
    text = await fs.readFile(target, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const parsed = file.safeParse(JSON.parse(text));
  if (!parsed.success) throw new UsageError(`${target} is not valid: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

async function writeKeyAccess(folder: string, content: KeyAccess): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await writeFileAtomic(accessFile(folder), `${JSON.stringify(content, undefined, 2)}\n`, { fsync: false });
}
