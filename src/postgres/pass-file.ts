import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UsageError } from '../contract/errors.ts';
import { isMissing } from './error-codes.ts';
import type { ServerAddress } from './server.ts';

const PREFIX = 'pgpass-';
const PASS_FILE = /^pgpass-[0-9a-f]{16}$/;
/** Files of this process. In it before they are written: when one dump fails, another may be just beginning beside it. */
const inUse = new Set<string>();

/** A password file for the client programs; `remove` may be called more than once. */
export interface PassFile {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Writes a password file that only this user may read, for PGPASSFILE. On Windows the folder's rights protect it. Gives undefined when the address has no password, so that the user's own pgpass file stays in use.
 * @throws UsageError for a password that such a file cannot hold (a line break, a NUL).
 */
export async function writePassFile(folder: string, address: ServerAddress): Promise<PassFile | undefined> {
  if (address.password === undefined || address.password === '') return undefined;
  const line = passLine(address, address.password);
  const file = path.join(folder, `${PREFIX}${randomBytes(8).toString('hex')}`);
  const remove = async (): Promise<void> => {
    await fs.rm(file, { force: true });
    inUse.delete(file);
  };
  inUse.add(file);
  try {
    await fs.writeFile(file, `${line}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // A disk that became full in the middle leaves a part of the password.
    await remove();
    throw error;
  }
  return { path: file, remove };
}

/** Removes password files that killed processes left in a folder, and none of this process. Gives their paths. */
export async function removePassFiles(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await fs.readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const files = names
    .filter((name) => PASS_FILE.test(name))
    .map((name) => path.join(folder, name))
    .filter((file) => !inUse.has(file));
  for (const file of files) await fs.rm(file, { force: true });
  return files;
}

/** One line `host:port:*:user:password`; `:` and `\` are escaped (PostgreSQL manual, "The Password File"). */
export function passLine(address: ServerAddress, password: string): string {
  if (/[\r\n\0]/.test(password))
    throw new UsageError(
      'The database password holds a line break, which a PostgreSQL password file cannot.',
      {
        hint: 'When the password comes from a file, only its first line may hold text; else change the password.',
      },
    );
  return [address.host, String(address.port), '*', address.user, password].map(escapeField).join(':');
}

function escapeField(text: string): string {
  return text === '*' ? text : text.replaceAll(/[\\:]/g, String.raw`\$&`);
}

/**
 * Looks a password up where libpq does: PGPASSWORD, then the file PGPASSFILE names, then the usual one. A file that
 * others may read is not used, as libpq does it. Gives undefined when there is none.
 */
export async function findPassword(
  address: ServerAddress,
  database: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): Promise<string | undefined> {
  const given = environment['PGPASSWORD'];
  if (given !== undefined && given !== '') return given;
  const file = userPassFile(environment, platform);
  let text: string;
  try {
    const { mode } = await fs.stat(file);
    if (platform !== 'win32' && (mode & 0o077) !== 0) return undefined;
    text = await fs.readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const wanted = [address.host, String(address.port), database, address.user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = splitLine(line);
    const password = fields[4];
    if (password !== undefined && wanted.every((value, at) => matches(fields[at], value)))
      return password.text;
  }
  return undefined;
}

function userPassFile(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string {
  const named = environment['PGPASSFILE'];
  if (named !== undefined && named !== '') return named;
  return platform === 'win32'
    ? path.join(environment['APPDATA'] ?? os.homedir(), 'postgresql', 'pgpass.conf')
    : path.join(environment['HOME'] ?? os.homedir(), '.pgpass');
}

interface Field {
  readonly text: string;
  /** As written: an escaped star is not the wildcard. */
  readonly raw: string;
}

/** Fields end at a `:` that has no `\` before it. */
function splitLine(line: string): Field[] {
  const raws = [''];
  for (const [piece] of line.matchAll(/\\.|[^]/g)) {
    if (piece === ':') raws.push('');
    else raws.push((raws.pop() ?? '') + piece);
  }
  return raws.map((raw) => ({ raw, text: raw.replaceAll(/\\(.)/g, '$1') }));
}

function matches(field: Field | undefined, value: string): boolean {
  return field !== undefined && (field.raw === '*' || field.text === value);
}
