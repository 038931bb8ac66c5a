import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';

/** Text of a secret, or what is wrong with it: a sentence that never holds the text. */
export type SecretText = { readonly value: string } | { readonly problem: string };

/** Makes a secret of what a file or a program gave: without a byte order mark and without one line end. */
export function secretText(raw: string): SecretText {
  const value = raw.replace(/^\uFEFF/, '').replace(/\r?\n$/, '');
  if (value === '') return { problem: 'it is empty' };
  // A password file of PostgreSQL is made of lines, and no program takes a NUL.
  if (/[\r\n\0]/.test(value)) return { problem: 'it has more than one line or a NUL character' };
  return { value };
}

/** The content of a secret's file, and whether group or others can read it (never told on Windows). */
export async function readSecretFile(
  file: string,
  platform: NodeJS.Platform,
): Promise<SecretText & { readonly othersCanRead: boolean }> {
  const bytes = await readFile(file);
  const othersCanRead = platform !== 'win32' && ((await stat(file)).mode & 0o044) !== 0;
  if (!isUtf8(bytes) || bytes.includes(0)) return { problem: 'it is not UTF-8 text', othersCanRead };
  return { ...secretText(bytes.toString('utf8')), othersCanRead };
}
