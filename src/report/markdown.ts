import { wrapText } from '../foundation/human.ts';

/** Width of Markdown that is read as it is, in an editor or on paper. Commands stay whole. */
const MARKDOWN_WIDTH = 80;
/** At the start of a line it would begin a list. */
const LIST_MARK = /^( *)([-+]|\d+[.)])(?= |$)/;

/** Text made safe inside a Markdown line: nothing in it is taken as markup or as a table border. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, '\\$&').replace(/\r?\n/g, ' ');
}

/** One paragraph of Markdown in lines of 80 columns, each with `lead` before it (`> `), later ones also `indent`. */
export function wrapMarkdown(text: string, lead = '', indent = ''): string[] {
  return wrapText(text, MARKDOWN_WIDTH - lead.length, indent).map((line, index) =>
    index === 0 ? lead + line : lead + line.replace(LIST_MARK, escapeMark),
  );
}

/**
 * Explanations of a runbook: paragraphs, lists and `code` as they are written, in lines of 80 columns. Nothing in them
 * is taken as HTML.
 */
export function proseMarkdown(text: string): string[] {
  const safe = text
    .split(/(`[^`\n]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '\\<')))
    .join('');
  return safe.split('\n').flatMap((line) => {
    const mark = LIST_MARK.exec(line)?.[0];
    return mark === undefined ? wrapMarkdown(line) : wrapMarkdown(line, '', ' '.repeat(mark.length + 1));
  });
}

/** Text in which paths and names stay as they are. */
export function codeSpan(text: string): string {
  return text.includes('`') ? escapeMarkdown(text) : `\`${text}\``;
}

/** A code block whose fence is longer than any run of backticks in it. */
export function codeBlock(lines: readonly string[]): string[] {
  const longest = lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length);
  const fence = '`'.repeat(Math.max(3, ...longest.map((length) => length + 1)));
  return [fence, ...lines, fence];
}

/** A Markdown table of text cells. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [row(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(row)];
}

function escapeMark(_mark: string, spaces: string, mark: string): string {
  return `${spaces}${mark.slice(0, -1)}\\${mark.slice(-1)}`;
}
