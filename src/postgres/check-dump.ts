import fs from 'node:fs/promises';
import path from 'node:path';
import { VerificationError } from '../contract/errors.ts';
import { checkTar } from './check-tar.ts';
import { isMissing } from './error-codes.ts';
import type { DumpFormat } from './server.ts';

/** First bytes of pg_dump's own formats, and of every toc.dat. */
const MAGIC = 'PGDMP';
const MAGIC_BYTES = MAGIC.length;
const GZIP = '1f8b';

/** What was looked at. Bytes on disk; for `directory` of all files in it. */
export interface CheckedDump {
  readonly bytes: number;
  readonly files: number;
}

/**
 * Looks at a finished dump: it is there, not empty, and its structure is whole from the first to the last byte as far as
 * that shows without reading the data. An exit code of 0 does not tell (a full disk, a truncated tar).
 * @throws VerificationError saying what is wrong.
 */
export async function checkDump(target: string, format: DumpFormat): Promise<CheckedDump> {
  if (format === 'directory') return await checkFolder(target);
  const bytes = await sizeOf(target);
  if (format === 'tar') await checkTar(target, bytes);
  else await checkCustom(target, bytes);
  return { bytes, files: 1 };
}

async function checkCustom(file: string, bytes: number): Promise<void> {
  await expectMagic(file);
  // Both a data block and, where there is no data, the last entry of the contents end with zero bytes.
  const tail = await readAt(file, Math.max(0, bytes - 5), 5);
  if (tail.length < 5 || tail.some((byte) => byte !== 0))
    throw damaged(file, 'the end of it is missing: it was cut off');
}

async function checkFolder(folder: string): Promise<CheckedDump> {
  let names: string[];
  try {
    names = await fs.readdir(folder);
  } catch (error) {
    if (isMissing(error)) throw damaged(folder, 'the folder is not there', error);
    throw error;
  }
  if (!names.includes('toc.dat')) throw damaged(folder, 'its table of contents (toc.dat) is missing');
  await expectMagic(path.join(folder, 'toc.dat'));
  let bytes = 0;
  for (const name of names) {
    const file = path.join(folder, name);
    const size = await sizeOf(file);
    bytes += size;
    if (name.endsWith('.gz') && (await readAt(file, 0, 2)).toString('hex') !== GZIP)
      throw damaged(file, 'it is not a gzip file');
  }
  return { bytes, files: names.length };
}

async function expectMagic(file: string): Promise<void> {
  await sizeOf(file);
  if ((await readAt(file, 0, MAGIC_BYTES)).toString('latin1') !== MAGIC)
    throw damaged(file, 'it does not begin like a dump of PostgreSQL');
}

async function sizeOf(file: string): Promise<number> {
  try {
    const stats = await fs.stat(file);
    if (!stats.isFile()) throw damaged(file, 'it is not a file');
    // pg_dump writes no empty files: the data of an empty table is a mark of its end.
    if (stats.size === 0) throw damaged(file, 'it is empty');
    return stats.size;
  } catch (error) {
    if (isMissing(error)) throw damaged(file, 'it is not there', error);
    throw error;
  }
}

async function readAt(file: string, position: number, length: number): Promise<Buffer> {
  const handle = await fs.open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function damaged(file: string, what: string, cause?: unknown): VerificationError {
  return new VerificationError(`The dump ${file} is not usable: ${what}.`, {
    hint: 'Check the free space of the disk it was written to, then make the backup again.',
    ...(cause === undefined ? {} : { cause }),
  });
}
