import type { HbaRule } from './hba-rules.ts';
import { readRules, RULES } from './hba-server.ts';
import type { SqlClient } from './server.ts';

/** One line of pg_hba.conf that asks for a password by SCRAM. */
type ScramRule = Pick<HbaRule, 'line' | 'databases' | 'users'>;

/** How a server checks passwords. */
export interface PasswordRules {
  /** What it hashes new passwords with: `md5` or `scram-sha-256`. */
  readonly encryption: string;
  readonly scram: readonly ScramRule[];
}

const ENCRYPTION = `select pg_catalog.current_setting('password_encryption') as encryption`;

/** What {@link readPasswordRules} sends. */
export const PASSWORD_RULES: readonly string[] = [ENCRYPTION, RULES];

/** Asks the server for it, from `pg_hba.conf` as it lies there now. Needs a superuser. @throws DatabaseError */
export async function readPasswordRules(client: SqlClient): Promise<PasswordRules> {
  const [row] = await client.query<{ encryption: string }>(ENCRYPTION);
  const { rules } = await readRules(client);
  return {
    encryption: row?.encryption ?? '',
    scram: rules.filter(({ method }) => method === 'scram-sha-256'),
  };
}

/** The lines that ask this role for SCRAM in any of these databases; which one counts depends on where it comes from. */
export function scramLines(
  { scram }: Pick<PasswordRules, 'scram'>,
  role: string,
  databases: readonly string[],
): number[] {
  return scram
    .filter(
      (rule) =>
        rule.users.some((user) => user === 'all' || user === role || /^[+/@]/.test(user)) &&
        rule.databases.some((name) => name === 'all' || databases.includes(name) || /^[/@]|^same/.test(name)),
    )
    .map(({ line }) => line);
}
