import { UsageError } from '../contract/errors.ts';

/** Sorts messages that begin with `file:line:column` by where they point, file by file, and drops repetitions. */
function inFileOrder(problems: readonly string[]): string[] {
  const placed = [...new Set(problems)].map((text, index) => {
    const match = /^(.*?):(\d+):(\d+)[ :]/.exec(text);
    return { text, index, file: match?.[1] ?? '', line: Number(match?.[2]), column: Number(match?.[3]) };
  });
  placed.sort((a, b) =>
    a.file === b.file ? a.line - b.line || a.column - b.column || a.index - b.index : a.index - b.index,
  );
  return placed.map((problem) => problem.text);
}

/** The error of mistakes in a runbook or in hooks: one line a mistake, in the order of the file. */
export function mistakesError(problems: readonly string[]): UsageError {
  return new UsageError(inFileOrder(problems).join('\n'), {
    hint: 'Correct the runbook, or the hook in the site file, at the places named.',
  });
}
