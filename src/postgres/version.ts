/** A PostgreSQL version: `text` is `15.18`, `major` 15; before 10 the first two numbers are the major (9.6). */
export interface PostgresVersion {
  readonly text: string;
  readonly major: number;
}

/**
 * Reads what `pg_dump --version` and its siblings print (`pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`) or
 * what `server_version` says. Gives undefined when there is no version in it.
 */
export function parseVersion(printed: string): PostgresVersion | undefined {
  const match = /(?:^|\)\s+)(\d+(?:\.\d+)*)/.exec(printed.trim());
  const text = match?.[1];
  if (text === undefined) return undefined;
  const [first = 0, second = 0] = text.split('.').map(Number);
  return { text, major: first >= 10 ? first : Number(`${first}.${second}`) };
}

/** The major of `server_version_num`: 150018 gives 15, 90624 gives 9.6. */
export function majorOfNumber(serverVersionNumber: number): number {
  return serverVersionNumber >= 100_000
    ? Math.floor(serverVersionNumber / 10_000)
    : Number(`${Math.floor(serverVersionNumber / 10_000)}.${Math.floor(serverVersionNumber / 100) % 100}`);
}
