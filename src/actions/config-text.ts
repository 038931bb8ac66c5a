/** How a configuration file is written; `binary` is no text at all. */
type TextEncoding = 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be' | 'latin1';

/** A text with how it was written, without its byte order mark. */
export interface EncodedText {
  readonly text: string;
  readonly encoding: TextEncoding;
}

const MARKS: readonly (readonly [TextEncoding, Buffer])[] = [
  ['utf-8-bom', Buffer.from([0xef, 0xbb, 0xbf])],
  ['utf-16le', Buffer.from([0xff, 0xfe])],
  ['utf-16be', Buffer.from([0xfe, 0xff])],
];

/** Reads a text by its byte order mark, else as UTF-8, else byte by byte. Undefined when it is no text. */
export function decodeText(data: Buffer): EncodedText | undefined {
  const [encoding, mark] = MARKS.find(([, bytes]) => data.subarray(0, bytes.length).equals(bytes)) ?? [];
  if (encoding !== undefined && mark !== undefined) {
    const text = tryDecode(encoding === 'utf-8-bom' ? 'utf-8' : encoding, data.subarray(mark.length));
    return text === undefined ? undefined : { text, encoding };
  }
  if (data.includes(0)) return undefined;
  const text = tryDecode('utf-8', data);
  return text === undefined
    ? { text: data.toString('latin1'), encoding: 'latin1' }
    : { text, encoding: 'utf-8' };
}

/** The bytes of a text; undefined when this encoding cannot write it. */
export function encodeText({ text, encoding }: EncodedText): Buffer | undefined {
  const mark = MARKS.find(([name]) => name === encoding)?.[1] ?? Buffer.alloc(0);
  switch (encoding) {
    case 'utf-8':
    case 'utf-8-bom':
      return Buffer.concat([mark, Buffer.from(text, 'utf8')]);
    case 'utf-16le':
      return Buffer.concat([mark, Buffer.from(text, 'utf16le')]);
    case 'utf-16be':
      return Buffer.concat([mark, Buffer.from(text, 'utf16le').swap16()]);
    case 'latin1':
      return /^[\x00-\xff]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined;
  }
}

function tryDecode(encoding: string, data: Buffer): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(data);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
