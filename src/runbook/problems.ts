/** Sorts messages that begin with `file:line:column` by where they point, file by file, and drops repetitions. */
export function inFileOrder(problems: readonly string[]): string[] {
  const placed = [...new Set(problems)].map((text, index) => {
    const match = /^(.*?):(\d+):(\d+)[ :]/.exec(text);
    return { text, index, file: match?.[1] ?? '', line: Number(match?.[2]), column: Number(match?.[3]) };
  });
  placed.sort((a, b) =>
    a.file === b.file ? a.line - b.line || a.column - b.column || a.index - b.index : a.index - b.index,
  );
  return placed.map((problem) => problem.text);
}
