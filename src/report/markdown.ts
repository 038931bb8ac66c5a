/** Text made safe inside a Markdown line: nothing in it is taken as markup or as a table border. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, '\\$&').replace(/\r?\n/g, ' ');
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
