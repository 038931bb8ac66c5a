import type { DatabaseEvidence } from './evidence-format.ts';
import { quoteName, quoteText } from './recreate.ts';

/** What one property is and the statements that set it. */
export interface PropertyStatements {
  /** Roles that must be there. */
  readonly roles: readonly string[];
  readonly statements: readonly string[];
}

/** The letters of `datacl` (PostgreSQL's documentation, "Privileges"). */
const RIGHTS: Readonly<Record<string, string>> = { C: 'CREATE', T: 'TEMPORARY', c: 'CONNECT' };
/** `"a role"=CTc/postgres`; no name before the `=` means everybody. */
const ENTRY = /^("(?:[^"]|"")+"|[^=]*)=([A-Za-z*]*)\//;
/** Their value is a list, which quotes its parts itself. */
const LISTS = new Set([
  'search_path',
  'temp_tablespaces',
  'local_preload_libraries',
  'session_preload_libraries',
  'shared_preload_libraries',
  'unix_socket_directories',
]);

/**
 * The statements that give the database `name` what `pg_dump` without `-C` leaves out, as it was recorded: rights,
 * `ALTER DATABASE SET`, `ALTER ROLE ... IN DATABASE SET`, and the connection limit last, since it lets others in.
 */
export function propertyStatements(
  recorded: Pick<DatabaseEvidence, 'acl' | 'owner' | 'settings' | 'connectionLimit'>,
  name: string,
): PropertyStatements[] {
  const database = quoteName(name);
  return [
    ...rightsOf(recorded, database),
    ...recorded.settings.map(({ role, setting }): PropertyStatements => {
      const target =
        role === null
          ? `ALTER DATABASE ${database}`
          : `ALTER ROLE ${quoteName(role)} IN DATABASE ${database}`;
      return { roles: role === null ? [] : [role], statements: [`${target} SET ${settingText(setting)}`] };
    }),
    {
      roles: [],
      statements: [`ALTER DATABASE ${database} CONNECTION LIMIT ${String(recorded.connectionLimit)}`],
    },
  ];
}

/** Nothing recorded means the default rights, which a new database has. */
function rightsOf(
  { acl, owner }: Pick<DatabaseEvidence, 'acl' | 'owner'>,
  database: string,
): PropertyStatements[] {
  if (acl === null) return [];
  const none: PropertyStatements = {
    roles: [owner],
    statements: ['PUBLIC', quoteName(owner)].map((who) => `REVOKE ALL ON DATABASE ${database} FROM ${who}`),
  };
  return [
    none,
    ...acl.flatMap((entry): PropertyStatements[] => {
      const [, written = '', letters = ''] = ENTRY.exec(entry) ?? [];
      const name = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
      const who = name === '' ? 'PUBLIC' : quoteName(name);
      const rights = [...letters.matchAll(/([A-Za-z])(\*?)/g)].flatMap(([, letter = '', star]) => {
        const right = RIGHTS[letter];
        return right === undefined ? [] : [{ right, option: star === '*' }];
      });
      const grant = (option: boolean): string[] => {
        const chosen = rights.filter((one) => one.option === option).map(({ right }) => right);
        if (chosen.length === 0) return [];
        return [
          `GRANT ${chosen.join(', ')} ON DATABASE ${database} TO ${who}${option ? ' WITH GRANT OPTION' : ''}`,
        ];
      };
      return [{ roles: name === '' ? [] : [name], statements: [...grant(false), ...grant(true)] }];
    }),
  ];
}

/** `name=value` of `pg_db_role_setting` as SET takes it. */
function settingText(setting: string): string {
  const at = setting.indexOf('=');
  const name = setting.slice(0, at);
  const value = setting.slice(at + 1);
  const target = name.split('.').map(quoteName).join('.');
  if (!LISTS.has(name.toLowerCase())) return `${target} TO ${quoteText(value)}`;
  const parts = [...value.matchAll(/"((?:[^"]|"")*)"|([^,\s][^,]*)/g)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? '').trim() : quoted.replaceAll('""', '"'),
  );
  return `${target} TO ${parts.length === 0 ? "''" : parts.map(quoteText).join(', ')}`;
}

/** Roles that need the rights on the schema public of a database besides those given: who owns something in it. */
export const OWNERS_IN_PUBLIC = `
  select r.rolname::text as name
    from (select c.relowner as owner from pg_catalog.pg_class c where c.relnamespace = 'public'::pg_catalog.regnamespace
          union select p.proowner from pg_catalog.pg_proc p where p.pronamespace = 'public'::pg_catalog.regnamespace
          union select t.typowner from pg_catalog.pg_type t where t.typnamespace = 'public'::pg_catalog.regnamespace
          union select d.datdba from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) owners
    join pg_catalog.pg_roles r on r.oid = owners.owner
   where not r.rolsuper order by 1`;
