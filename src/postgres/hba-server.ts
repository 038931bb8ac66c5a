import * as z from 'zod';
import type { SqlClient } from './server.ts';
import type { HbaRule } from './hba-rules.ts';

/** What a server says of who may log in. */
export interface HbaState {
  /** Path of pg_hba.conf on the server. */
  readonly file: string;
  /** Its bytes, as latin1 text. */
  readonly text: string;
  readonly rules: readonly HbaRule[];
  /** What PostgreSQL finds wrong with it as it is on disk. */
  readonly errors: readonly string[];
  /** The setting that the server runs with. */
  readonly listen: string;
  /** What `ALTER SYSTEM` has set it to; null: nothing. */
  readonly listenBySystem: string | null;
  /** `scram-sha-256` or `md5`: what the role's stored password allows. */
  readonly method: string;
}

const ruleSchema = z.object({
  line_number: z.number(),
  file_name: z.string().optional(),
  type: z.string().nullable(),
  database: z.array(z.string()).nullable(),
  user_name: z.array(z.string()).nullable(),
  address: z.string().nullable(),
  netmask: z.string().nullable(),
  auth_method: z.string().nullable(),
  error: z.string().nullable(),
});

/** Asks for it; superusers alone may. @throws DatabaseError */
export async function readHba(client: SqlClient, role: string): Promise<HbaState> {
  const [settings] = await client.query<{ file: string; listen: string; auto: string | null }>(
    `select current_setting('hba_file') as file, current_setting('listen_addresses') as listen,
            (select setting from pg_catalog.pg_file_settings
              where name = 'listen_addresses' and sourcefile ~ 'postgresql\\.auto\\.conf$'
              order by seqno desc limit 1) as auto`,
  );
  if (settings === undefined) throw new TypeError('the server gave no row for its settings');
  const [content] = await client.query<{ bytes: string }>(
    `select encode(pg_catalog.pg_read_binary_file($1), 'base64') as bytes`,
    [settings.file],
  );
  const found = await readRules(client);
  return {
    file: settings.file,
    text: Buffer.from(content?.bytes ?? '', 'base64').toString('latin1'),
    rules: found.rules,
    errors: found.errors,
    listen: settings.listen,
    listenBySystem: settings.auto,
    method: await methodOf(client, role),
  };
}

/**
 * What {@link readRules} sends. As JSON: from PostgreSQL 16 on there are more columns. Files can be included there, and the
 * number of the rule, not that of its line, is the order in which it counts.
 */
export const RULES = `
  select to_jsonb(r) as rule from pg_catalog.pg_hba_file_rules r
   order by (to_jsonb(r) ->> 'rule_number')::integer nulls last, line_number`;

/** The rules of the files as they are on disk, and what is wrong with them. */
export async function readRules(
  client: SqlClient,
): Promise<{ readonly rules: readonly HbaRule[]; readonly errors: readonly string[] }> {
  const rows = await client.query<{ rule: unknown }>(RULES);
  const all = rows.map(({ rule }) => ruleSchema.parse(rule));
  return {
    rules: all
      .filter(({ error }) => error === null)
      .map((rule) => ({
        line: rule.line_number,
        ...(rule.file_name === undefined ? {} : { file: rule.file_name }),
        type: rule.type ?? '',
        databases: rule.database ?? [],
        users: rule.user_name ?? [],
        address: rule.address,
        netmask: rule.netmask,
        method: rule.auth_method ?? '',
      })),
    errors: all.flatMap(({ line_number, error }) =>
      error === null ? [] : [`line ${String(line_number)}: ${error}`],
    ),
  };
}

async function methodOf(client: SqlClient, role: string): Promise<string> {
  const [stored] = await client.query<{ scram: boolean | null }>(
    `select rolpassword like 'SCRAM-SHA-256$%' as scram from pg_catalog.pg_authid where rolname = $1`,
    [role],
  );
  if (stored?.scram !== undefined && stored.scram !== null) return stored.scram ? 'scram-sha-256' : 'md5';
  const [setting] = await client.query<{ value: string }>(
    `select current_setting('password_encryption') as value`,
  );
  return setting?.value === 'scram-sha-256' ? 'scram-sha-256' : 'md5';
}

/** Whether a setting of listen_addresses takes connections of other machines. */
export function listensToOthers(listen: string): boolean {
  return listen
    .split(',')
    .map((address) => address.trim().toLowerCase())
    .some(
      (address) =>
        address !== '' && address !== 'localhost' && address !== '::1' && !address.startsWith('127.'),
    );
}
