import fs from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { VerificationError } from '../contract/errors.ts';

const BLOCK = 512;

/** One file in a tar file of pg_dump. */
export interface TarMember {
  readonly name: string;
  /** Where its content begins in the tar file. */
  readonly position: number;
  /** Bytes of its content. */
  readonly size: number;
}

/** Members looked for: the contents come first, the script that rebuilds the database is always written. */
const REQUIRED = ['toc.dat', 'restore.sql'];

/**
 * Walks through a tar file of pg_dump from header to header, without reading the data: every header's checksum holds,
 * every member lies wholly in the file, toc.dat and restore.sql are there, and two blocks of zeros end it. That a
 * truncated tar lacks the end is something `pg_restore -l` does not notice. `bytes`: of the whole file.
 * @throws VerificationError saying what is wrong and at which byte.
 */
export async function checkTar(file: string, bytes: number): Promise<TarMember[]> {
  const handle = await fs.open(file);
  try {
    return await walk(handle, file, bytes);
  } finally {
    await handle.close();
  }
}

/** The content of one member, as a whole. @throws VerificationError when the file ends in it */
export async function readMember(file: string, { name, position, size }: TarMember): Promise<Buffer> {
  const handle = await fs.open(file);
  try {
    const content = Buffer.alloc(size);
    if (!(await fill(handle, content, position)))
      throw damaged(file, `it was cut off inside its member ${name}`);
    return content;
  } finally {
    await handle.close();
  }
}

async function walk(handle: FileHandle, file: string, bytes: number): Promise<TarMember[]> {
  const header = Buffer.alloc(BLOCK);
  const wanted = new Set(REQUIRED);
  const members: TarMember[] = [];
  let position = 0;
  for (;;) {
    if (!(await fill(handle, header, position)))
      throw damaged(file, `it ends at byte ${bytes} without the mark of the end: it was cut off`);
    if (header.every((byte) => byte === 0)) break;
    const name = memberName(header);
    const size = memberSize(header);
    if (!checksumHolds(header) || size === undefined)
      throw damaged(file, `there is no valid tar header at byte ${position}`);
    if (position === 0 && name !== 'toc.dat')
      throw damaged(file, 'it does not begin with a table of contents (toc.dat)');
    wanted.delete(name);
    members.push({ name, position: position + BLOCK, size });
    position += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (position > bytes) throw damaged(file, `it was cut off inside its member ${name}`);
  }
  if (!(await fill(handle, header, position + BLOCK)) || header.some((byte) => byte !== 0))
    throw damaged(file, 'the mark of its end is not complete: it was cut off');
  if (wanted.size > 0) throw damaged(file, `it lacks ${[...wanted].join(' and ')}`);
  return members;
}

async function fill(handle: FileHandle, buffer: Buffer, position: number): Promise<boolean> {
  let read = 0;
  while (read < buffer.length) {
    const { bytesRead } = await handle.read(buffer, read, buffer.length - read, position + read);
    if (bytesRead === 0) return false;
    read += bytesRead;
  }
  return true;
}

function memberName(header: Buffer): string {
  return header.toString('utf8', 0, 100).replace(/\0.*$/s, '');
}

/** Octal text, or for 8 GB and more a big-endian number marked by the highest bit (GNU, pg_dump from 9.5). */
function memberSize(header: Buffer): number | undefined {
  if (header.readUInt8(124) === 0x80) {
    const size = header.readBigUInt64BE(128);
    return size > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(size);
  }
  return octal(header, 124, 12);
}

function checksumHolds(header: Buffer): boolean {
  let sum = 0;
  header.forEach((byte, at) => {
    sum += at >= 148 && at < 156 ? 0x20 : byte;
  });
  return octal(header, 148, 8) === sum;
}

function octal(header: Buffer, at: number, length: number): number | undefined {
  const text = header.toString('latin1', at, at + length).replaceAll(/[\0 ]/g, '');
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function damaged(file: string, what: string): VerificationError {
  return new VerificationError(`The dump ${file} is not usable: ${what}.`, {
    hint: 'Check the free space of the disk it was written to and of the temporary folder (pg_dump spools tar dumps there), then make the backup again.',
  });
}
