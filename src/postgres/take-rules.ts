import type { HbaRule } from './hba-rules.ts';
import type { HbaState } from './hba-server.ts';

/** Whether a rule is for logins over the network; `local` ones are for the machine of the server. */
function isHost({ type }: HbaRule): boolean {
  return type.startsWith('host');
}

/** What admitting the same logins as another server takes. */
export interface TakenRules {
  readonly lines: readonly string[];
  /** The rule they go before, since the first that fits decides; absent: the end of the file. */
  readonly before?: HbaRule;
  /** Why they cannot be taken as they are written; a person has to look. */
  readonly problem?: string;
}

/**
 * The lines of `source` for logins over the network, for a server that has not got the same ones in the same order first.
 * They are taken as they are written, options and all.
 */
export function rulesToTake(
  source: Pick<HbaState, 'file' | 'text' | 'rules'>,
  target: Pick<HbaState, 'file' | 'text' | 'rules'>,
): TakenRules {
  const wanted = written(source);
  const there = written(target);
  const first = target.rules.find(isHost);
  const before = first === undefined ? {} : { before: first };
  if (wanted.length === 0 || wanted.every((line, index) => plain(line ?? '') === plain(there[index] ?? '')))
    return { lines: [] };
  const lines = wanted.flatMap((line) => (line === undefined ? [] : [line]));
  if (lines.length < wanted.length || lines.some((line) => /\\$|@/.test(line)))
    return {
      lines: [],
      problem: `${source.file} includes other files or has lines that go on in the next one`,
    };
  return { lines, ...before };
}

/** Lines of the rules; undefined for one that stands in another file. */
function written({ file, text, rules }: Pick<HbaState, 'file' | 'text' | 'rules'>): (string | undefined)[] {
  const lines = text.split('\n');
  return rules
    .filter(isHost)
    .map((rule) =>
      rule.file !== undefined && rule.file !== file ? undefined : lines[rule.line - 1]?.trim(),
    );
}

function plain(line: string): string {
  return line.replace(/#.*$/, '').trim().replaceAll(/\s+/g, ' ');
}
