/** Begins and ends what a run has added to a file. */
function marks(run: string): { readonly begin: string; readonly end: string } {
  return { begin: `# sense-runbook ${run}: nodes of the site`, end: `# sense-runbook ${run}: end` };
}

/** The text of a pg_hba.conf with lines added before line `before` (from 1), or at its end. Line ends stay as they are. */
export function addLines(
  text: string,
  {
    run,
    lines,
    before,
  }: { readonly run: string; readonly lines: readonly string[]; readonly before?: number },
): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const { begin, end } = marks(run);
  const block = [begin, ...lines, end].map((line) => `${line}${newline}`).join('');
  if (before === undefined) return `${text}${text === '' || text.endsWith('\n') ? '' : newline}${block}`;
  const whole = text.split('\n');
  const head = whole.slice(0, before - 1).map((line) => `${line}\n`);
  return `${head.join('')}${block}${whole.slice(before - 1).join('\n')}`;
}

/** The text without what this run has added; undefined when it has not added anything whole. */
export function removeLines(text: string, run: string): string | undefined {
  const { begin, end } = marks(run);
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.trimEnd() === begin);
  const last = lines.findIndex((line) => line.trimEnd() === end);
  if (at < 0 || last < at) return undefined;
  return [...lines.slice(0, at), ...lines.slice(last + 1)].join('\n');
}

/** Whether a write of this run was cut off: what it has of the file that was there is only the beginning. */
export function isTorn(
  text: string,
  { run, original }: { readonly run: string; readonly original: string },
): boolean {
  if (text === original) return false;
  const rest = removeLines(text, run);
  const { begin } = marks(run);
  if (rest === undefined && text.includes(begin)) return true;
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const last = text.slice(whole.length).trimEnd();
  const theirsSoFar = `${original}\n`.startsWith(whole) || `${original}\r\n`.startsWith(whole);
  if (last !== '' && begin.startsWith(last) && theirsSoFar) return true;
  const theirs = rest ?? text;
  return theirs !== original && original.startsWith(theirs);
}
