import type { SqlClient } from './server.ts';

/** How the password of a role is stored; `other`: none, or in a way that is not known. */
type StoredPassword = 'md5' | 'scram-sha-256' | 'other';

/** How a server is asked, and how it keeps passwords. Never the password or its hash. */
export interface ServerSecurity {
  /** Setting `ssl`. */
  readonly ssl: boolean;
  /** Setting `password_encryption`: what becomes of passwords that are set from now on. */
  readonly passwordEncryption: string;
  /** Of the owners of the databases and of who asks; absent when that user is no superuser. */
  readonly roles?: readonly { readonly name: string; readonly stored: StoredPassword }[];
}

/** The role of the repository (manual 2.5, p. 139); it owns databases or is granted to who does. */
const REPOSITORY_ROLE = 'qliksenserepository';

const SETTINGS = `
  select pg_catalog.current_setting('ssl')::bool as ssl,
         pg_catalog.current_setting('password_encryption') as encryption`;

/** Only the beginning of the hash tells the kind, and only the kind leaves the server. */
const STORED = `
  select rolname::text as name,
         case when rolpassword like 'SCRAM-SHA-256$%' then 'scram-sha-256'
              when rolpassword like 'md5%' then 'md5'
              else 'other' end as stored
    from pg_catalog.pg_authid
   where rolname in (current_user, '${REPOSITORY_ROLE}')
      or oid in (select datdba from pg_catalog.pg_database where datname = any ($1))
   order by rolname`;

/** What {@link readServerSecurity} sends, the last to be asked by superusers alone; `$1`: names of databases. */
export const SECURITY_STATEMENTS: readonly string[] = [SETTINGS, STORED];

/** Asks for both settings, and a superuser for the kind of the stored passwords too. @throws DatabaseError */
export async function readServerSecurity(
  client: SqlClient,
  { superuser, databases }: { readonly superuser: boolean; readonly databases: readonly string[] },
): Promise<ServerSecurity> {
  const [settings] = await client.query<{ ssl: boolean; encryption: string }>(SETTINGS);
  const encryption = settings?.encryption ?? '';
  return {
    ssl: settings?.ssl === true,
    // 9.6 has a switch there, and md5 is all it knows.
    passwordEncryption: encryption === 'on' ? 'md5' : encryption,
    ...(superuser ? { roles: await client.query(STORED, [databases]) } : {}),
  };
}

/**
 * How the passwords of these roles are kept: one kind only when all of them have it, SCRAM when one of them has. Undefined when
 * none tells.
 */
export function passwordKind({
  roles = [],
}: Pick<ServerSecurity, 'roles'>): 'md5' | 'scram-sha-256' | undefined {
  const kinds = roles.map(({ stored }) => stored);
  if (kinds.includes('scram-sha-256')) return 'scram-sha-256';
  return kinds.includes('md5') ? 'md5' : undefined;
}
