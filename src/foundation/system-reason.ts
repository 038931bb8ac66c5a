/**
 * What the operating system says of a file, such as `permission denied (EACCES)`: without call and path, for messages that
 * name the path themselves. The message of any other error.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined || !message.startsWith(`${code}: `)) return message;
  const [words = message] = message.slice(code.length + 2).split(`, ${syscall}`);
  return `${words} (${code})`;
}
