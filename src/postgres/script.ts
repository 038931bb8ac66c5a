/** One piece of a psql script: a statement, or a command of psql itself (a line that begins with a backslash). */
export interface ScriptPiece {
  readonly kind: 'statement' | 'command';
  /** Without comments before it; a statement without its semicolon. */
  readonly text: string;
  /** Line of its first character, from 1. */
  readonly line: number;
  /** Where it lies in the script, the end not included; a command with its line break. */
  readonly start: number;
  readonly end: number;
  /** The script ended before the semicolon, or inside quotes. */
  readonly unfinished: boolean;
}

/** What may stand in a script, tried in this order at each place. A quote that is never closed takes all the rest. */
const TOKEN =
  /(?<blank>\s+|--[^\n]*)|(?<quoted>[eE]'(?:[^'\\]|\\.|'')*'?|'(?:[^']|'')*'?|"(?:[^"]|"")*"?)|(?<command>\\[^\n]*\n?)|(?<semicolon>;)|\w+|[^]/gsuy;

/**
 * Splits a script as psql does: quoted text may hold semicolons, backslashes and line breaks. Covers what pg_dumpall
 * writes for roles and tablespaces, with `standard_conforming_strings` on; no dollar quotes, no block comments.
 */
export function splitScript(script: string): ScriptPiece[] {
  const pieces: ScriptPiece[] = [];
  let open: { start: number; line: number } | undefined;
  let line = 1;
  for (const match of script.matchAll(TOKEN)) {
    const start = match.index;
    const end = start + match[0].length;
    const groups = match.groups ?? {};
    if (groups['command'] !== undefined && open === undefined) {
      pieces.push({ kind: 'command', text: match[0].trim(), line, start, end, unfinished: false });
    } else if (groups['semicolon'] !== undefined && open !== undefined) {
      pieces.push(statement(script, open, end, false));
      open = undefined;
    } else if (groups['blank'] === undefined && groups['semicolon'] === undefined) {
      open ??= { start, line };
    }
    line += match[0].split('\n').length - 1;
  }
  if (open !== undefined) pieces.push(statement(script, open, script.length, true));
  return pieces;
}

function statement(
  script: string,
  open: { start: number; line: number },
  end: number,
  unfinished: boolean,
): ScriptPiece {
  const text = script.slice(open.start, unfinished ? end : end - 1).trim();
  return { kind: 'statement', text, ...open, end, unfinished };
}
