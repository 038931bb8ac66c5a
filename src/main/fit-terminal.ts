import { wrapText } from '../foundation/human.ts';

/** Breaks text for people at spaces, where a terminal would break it inside a word; in files and pipes lines stay whole. */
export function fitTerminal(
  text: string,
  { isTTY, columns }: { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined },
): string {
  // `columns` is undefined or 0 where the terminal does not tell.
  return isTTY === true ? wrapText(text, columns || 80, '  ').join('\n') : text;
}
