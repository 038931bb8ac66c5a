import type { RoleEvidence } from './evidence-format.ts';

/** What a database is made with, so that its dump fits into it. */
export interface DatabaseShape {
  readonly database: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** Absent: none. 0 keeps everybody out but superusers. */
  readonly connectionLimit?: number;
}

/** A name as SQL takes it, whatever is in it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The statement that makes an empty database as the old one was. */
export function createDatabaseStatement(shape: DatabaseShape): string {
  const { database, owner, encoding, collate, ctype, connectionLimit } = shape;
  return [
    `CREATE DATABASE ${quoteName(database)} TEMPLATE template0`,
    `OWNER ${quoteName(owner)}`,
    `ENCODING ${quoteText(encoding)}`,
    `LC_COLLATE ${quoteText(collate)} LC_CTYPE ${quoteText(ctype)}`,
    ...(connectionLimit === undefined ? [] : [`CONNECTION LIMIT ${String(connectionLimit)}`]),
  ].join(' ');
}

/**
 * The statements that make the missing ones of roles as they were recorded, without passwords, and then who is a member
 * of what: the new roles, and recorded roles that exist and were members of a new one.
 */
export function createRoleStatements(roles: readonly RoleEvidence[], existing: readonly string[]): string[] {
  const missing = roles.filter(({ name }) => !existing.includes(name));
  const known = new Set([...existing, ...roles.map(({ name }) => name)]);
  const words = (role: RoleEvidence): string =>
    [
      option('SUPERUSER', role.superuser),
      option('CREATEDB', role.createDb),
      option('CREATEROLE', role.createRole),
      option('INHERIT', role.inherit),
      option('LOGIN', role.login),
      option('REPLICATION', role.replication),
      option('BYPASSRLS', role.bypassRls),
      `CONNECTION LIMIT ${String(Math.trunc(role.connectionLimit))}`,
    ].join(' ');
  return [
    ...missing.map((role) => `CREATE ROLE ${quoteName(role.name)} ${words(role)}`),
    ...roles.flatMap(({ name, memberOf }) => {
      const isNew = missing.some((role) => role.name === name);
      return memberOf
        .filter((group) =>
          isNew ? known.has(group) || group.startsWith('pg_') : missing.some((role) => role.name === group),
        )
        .map((group) => `GRANT ${quoteName(group)} TO ${quoteName(name)}`);
    }),
  ];
}

/** A role of which no more is known than its name. */
export function plainRole(name: string): RoleEvidence {
  return {
    name,
    superuser: false,
    createDb: false,
    createRole: false,
    inherit: true,
    login: false,
    replication: false,
    bypassRls: false,
    connectionLimit: -1,
    memberOf: [],
  };
}

function option(word: string, given: boolean): string {
  return given ? word : `NO${word}`;
}

/** A text as SQL takes it; with a backslash in it the form with E, which means the same under every setting. */
export function quoteText(text: string): string {
  const quoted = text.replaceAll("'", "''");
  return text.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}
