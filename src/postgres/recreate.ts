import type { RoleEvidence } from './evidence-format.ts';
import { splitScript } from './script.ts';

/** What a database is made with, so that its dump fits into it. */
export interface DatabaseShape {
  readonly database: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
}

/** A name as SQL takes it, whatever is in it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The statement that makes an empty database as the old one was. */
export function createDatabaseStatement(shape: DatabaseShape): string {
  const { database, owner, encoding, collate, ctype } = shape;
  return [
    `CREATE DATABASE ${quoteName(database)} TEMPLATE template0`,
    `OWNER ${quoteName(owner)}`,
    `ENCODING ${quoteText(encoding)}`,
    `LC_COLLATE ${quoteText(collate)} LC_CTYPE ${quoteText(ctype)}`,
  ].join(' ');
}

/** The statements that make roles as they were recorded, without passwords, and then what they are members of. */
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
    ...missing.flatMap(({ name, memberOf }) =>
      memberOf
        .filter((group) => known.has(group) || group.startsWith('pg_'))
        .map((group) => `GRANT ${quoteName(group)} TO ${quoteName(name)}`),
    ),
  ];
}

/** Names of the roles that a script of pg_dumpall makes. It is only read, never run. */
export function roleNamesOf(globals: string): string[] {
  return splitScript(globals).flatMap(({ kind, text }) => {
    const name = /^CREATE\s+ROLE\s+("(?:[^"]|"")+"|[^\s;]+)/i.exec(text)?.[1];
    if (kind !== 'statement' || name === undefined) return [];
    return [name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name];
  });
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
