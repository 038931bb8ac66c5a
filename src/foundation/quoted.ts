/** Characters that need no quotes in cmd.exe, PowerShell or a POSIX shell. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./\\~-]+$/;

/** A word of a command line as one would type it. For people only: nothing is ever run from this text. */
export function quoted(word: string): string {
  if (PLAIN.test(word)) return word;
  if (!/["$`!]/.test(word)) return `"${word}"`;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
