import { wrapText } from './human.ts';

/** What a line may begin with that makes it a block of its own. */
const START = /^( *(?:[-*] (?:\[ \] )?|\d+\. )|> )/;

/** A page with its number; a short piece of code, such as a command in a sentence. */
const TOGETHER = /\bp\. (?=\d)|`[^`\n]{1,40}`/g;

/**
 * Markdown with its paragraphs and list items broken anew, at most `width` columns wide. Code blocks and titles stay as
 * they are, and no line ends inside a short piece of code or between `p.` and its number. A line that is indented belongs to the item above it.
 */
export function reflowMarkdown(text: string, width: number): string {
  const out: string[] = [];
  let block: string[] = [];
  let code = false;
  const flush = (): void => {
    if (block.length > 0) out.push(...wrapBlock(block, width));
    block = [];
  };
  for (const line of text.split('\n')) {
    const fence = line.startsWith('```');
    if (code || fence || line === '' || line.startsWith('#')) {
      flush();
      out.push(line);
      if (fence) code = !code;
    } else {
      const quoted = line.startsWith('> ') && block[0]?.startsWith('> ') === true;
      if (START.test(line) && !quoted) flush();
      block.push(quoted ? line.slice(2) : line);
    }
  }
  flush();
  return out.join('\n');
}

function wrapBlock(lines: readonly string[], width: number): string[] {
  const [first = '', ...rest] = lines;
  const lead = START.exec(first)?.[1] ?? '';
  const text = [first, ...rest.map((line) => line.trim())].join(' ').replace(TOGETHER, keepTogether);
  const indent = lead === '> ' ? lead : ' '.repeat(lead.length);
  return wrapText(text, width, indent).map((line) => line.replaceAll('\u00a0', ' '));
}

function keepTogether(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}
