import { isUtf8 } from 'node:buffer';

/** Reads as text what a program wrote. */
export type ReadText = (bytes: Buffer) => Promise<string>;

const LINE_END = 0x0a;
const UTF8_PAGE = 65001;

/** What every program of ours, and everyone's on Linux, writes. */
export const utf8Text: ReadText = (bytes) => Promise.resolve(bytes.toString('utf8'));

/**
 * Reads what programs of Windows write: UTF-8, or the code page of its console (437, 850, 932), for which nothing in the
 * output stands. Line by line, since one program may pass on what another one said. `findPage` is asked once, and only when
 * there is a line that is no UTF-8; where it knows none, such letters stay unreadable.
 */
export function createConsoleText(findPage: () => Promise<number | undefined>): ReadText {
  let page: Promise<number | undefined> | undefined;
  return async (bytes) => {
    if (isUtf8(bytes)) return bytes.toString('utf8');
    page ??= findPage();
    const decode = await decoderOf(await page);
    if (decode === undefined) return bytes.toString('utf8');
    // No code page of a console has the byte of a line end within a letter.
    return splitLines(bytes)
      .map((line) => (isUtf8(line) ? line.toString('utf8') : decode(line)))
      .join('');
  };
}

/** Node.js alone knows too few code pages (neither 437 nor 850), so a library does; loaded when a letter needs it. */
async function decoderOf(page: number | undefined): Promise<((bytes: Buffer) => string) | undefined> {
  if (page === undefined || page === UTF8_PAGE) return undefined;
  const { default: iconv } = await import('iconv-lite');
  const name = `cp${String(page)}`;
  return iconv.encodingExists(name) ? (bytes) => iconv.decode(bytes, name) : undefined;
}

/** Each with its line end. */
function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  while (from < bytes.length) {
    const end = bytes.indexOf(LINE_END, from);
    const next = end === -1 ? bytes.length : end + 1;
    lines.push(bytes.subarray(from, next));
    from = next;
  }
  return lines;
}
