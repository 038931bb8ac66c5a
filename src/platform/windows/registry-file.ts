import type { RegistryKey, RegistryValue } from '../../contract/node.ts';

/**
 * A file that regedit imports: UTF-16 with a byte order mark and CRLF, as it exports them itself. `comments` stand at its
 * top. Names have no line breaks.
 */
export function registryFile(keys: readonly RegistryKey[], comments: readonly string[]): Buffer {
  const lines = [
    'Windows Registry Editor Version 5.00',
    '',
    ...comments.map((comment) => `; ${comment.replaceAll(/[\r\n]+/g, ' ')}`),
    ...keys.flatMap(({ path, values }) => ['', `[${path}]`, ...values.map(valueLine)]),
    '',
  ];
  return Buffer.from(`\uFEFF${lines.join('\r\n')}\r\n`, 'utf16le');
}

function valueLine(value: RegistryValue): string {
  const name = value.name === '' ? '@' : quoted(value.name);
  if ('number' in value) return `${name}=dword:${value.number.toString(16).padStart(8, '0')}`;
  if ('bytes' in value) return `${name}=${hexOf(value.type, value.bytes)}`;
  // A line break would end the line.
  return /[\r\n\0]/.test(value.text)
    ? `${name}=${hexOf(1, Buffer.from(`${value.text}\0`, 'utf16le'))}`
    : `${name}=${quoted(value.text)}`;
}

/** REG_BINARY (3) has no number behind `hex`. */
function hexOf(type: number, bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(',');
  return `hex${type === 3 ? '' : `(${type.toString(16)})`}:${digits}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
