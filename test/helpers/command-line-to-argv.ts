/** What CommandLineToArgvW makes of the arguments of a command line (without the program), by its documented rules. */
export function commandLineToArgv(line: string): string[] {
  const args: string[] = [];
  let current: string | undefined;
  let quoted = false;
  for (let at = 0; at < line.length;) {
    const character = line.charAt(at);
    if (!quoted && (character === ' ' || character === '\t')) {
      if (current !== undefined) args.push(current);
      current = undefined;
      at += 1;
      continue;
    }
    current ??= '';
    if (character === '\\' || character === '"') {
      let end = at;
      while (line[end] === '\\') end += 1;
      const count = end - at;
      if (line[end] !== '"') {
        current += '\\'.repeat(count);
        at = end;
        continue;
      }
      current += '\\'.repeat(Math.floor(count / 2));
      at = end + 1;
      if (count % 2 === 1) current += '"';
      else if (quoted && line[at] === '"') {
        // Two in a quoted part are one that is meant.
        current += '"';
        at += 1;
      } else quoted = !quoted;
      continue;
    }
    current += character;
    at += 1;
  }
  if (current !== undefined) args.push(current);
  return args;
}
