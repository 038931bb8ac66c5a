/** Name of the list of sums, as everywhere. */
export const SUMS = 'SHA256SUMS';

/**
 * A line as `sha256sum -c` reads it. A name with a line feed or a backslash is written as GNU's program writes it: both
 * escaped, and the line begins with a backslash.
 */
export function sumLine(sha256: string, path: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n`;
}
