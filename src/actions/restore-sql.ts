import { propertyStatements } from '../postgres/database-properties.ts';
import type { DatabaseEvidence, Evidence, RoleEvidence } from '../postgres/evidence-format.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { createRoleStatements, plainRole, quoteName } from '../postgres/recreate.ts';

/** Begins what the database of a person's own name is called. */
export const ASIDE = '_before_restore';

/** What the statements of a restore by hand are made from. */
export interface SqlFacts {
  readonly database: { readonly user: string };
  readonly dumps: readonly { readonly database: string; readonly owner: string }[];
  /** Absent: nothing was recorded, and rights are those of the manual. */
  readonly evidence?: Evidence;
}

/**
 * The roles that the databases and the rights in them belong to, with what they are members of and room for their
 * passwords (manual 2.5, p. 139-140). The superuser of the new server is there already; further ones are not made.
 */
export function roleScript(facts: SqlFacts): string {
  const { user } = facts.database;
  const roles = siteRoles(facts);
  const made = createRoleStatements(roles, [user]).map((line) => `${line};`);
  const passwords = roles
    .filter(({ login }) => login)
    .map(({ name }) => `ALTER ROLE ${quoteName(name)} WITH ENCRYPTED PASSWORD '<password of ${name}>';`);
  const members = ownersOf(facts).map((name) => `GRANT ${quoteName(name)} TO ${quoteName(user)};`);
  return [...made, ...passwords, ...members].join('\n');
}

/** Names of the recorded superusers besides the one of the connection: a person decides about them. */
export function otherSuperusers({ evidence, database }: SqlFacts): string[] {
  return (evidence?.roles ?? [])
    .filter(({ superuser, name }) => superuser && name !== database.user)
    .map(({ name }) => name);
}

/** Moves a database that is there out of the way; nothing of it is lost. */
export function asideScript({ dumps }: SqlFacts): string {
  return dumps
    .map(({ database }) => `ALTER DATABASE ${quoteName(database)} RENAME TO ${quoteName(database + ASIDE)};`)
    .join('\n');
}

/** Puts them back in place of the restored ones. */
export function backScript({ dumps }: SqlFacts): string {
  return dumps
    .flatMap(({ database }) => [
      `ALTER DATABASE ${quoteName(database)} RENAME TO ${quoteName(`${database}_failed`)};`,
      `ALTER DATABASE ${quoteName(database + ASIDE)} RENAME TO ${quoteName(database)};`,
    ])
    .join('\n');
}

/**
 * What dumps of single databases do not hold: rights and settings of each database as they were recorded, else those of
 * the manual (2.5, p. 140); and the rights on the schema that PostgreSQL 15 and newer want (p. 140-141).
 */
export function rightsScript(facts: SqlFacts): string {
  const recorded = new Map(facts.evidence?.databases.map((one) => [one.database, one]));
  return facts.dumps
    .map(({ database, owner }) => {
      const evidence = recorded.get(database);
      const name = quoteName(database);
      const roles = [...new Set([owner, REPOSITORY_ROLE.name])].filter(
        (role) => role !== facts.database.user,
      );
      return [
        ...(evidence === undefined ? manualRights(name, facts) : propertiesOf(evidence)),
        `\\c ${name}`,
        ...roles
          .filter((role) => role !== '')
          .map((role) => `GRANT ALL ON SCHEMA public TO ${quoteName(role)};`),
      ].join('\n');
    })
    .join('\n\n');
}

function manualRights(name: string, { database }: SqlFacts): string[] {
  return [
    `GRANT TEMPORARY, CONNECT ON DATABASE ${name} TO PUBLIC;`,
    `GRANT ALL ON DATABASE ${name} TO ${quoteName(database.user)};`,
    `GRANT CREATE ON DATABASE ${name} TO ${quoteName(REPOSITORY_ROLE.name)};`,
  ];
}

/** A new database has no connection limit. */
function propertiesOf(evidence: DatabaseEvidence): string[] {
  return propertyStatements(evidence, evidence.database)
    .flatMap(({ statements }) => statements)
    .filter((statement) => !statement.endsWith('CONNECTION LIMIT -1'))
    .map((statement) => `${statement};`);
}

/** Recorded ones but superusers; where nothing was recorded, the owners as the manual makes them. */
function siteRoles(facts: SqlFacts): RoleEvidence[] {
  const recorded = (facts.evidence?.roles ?? []).filter(({ superuser }) => !superuser);
  const missing = ownersOf(facts).filter((name) => !recorded.some((role) => role.name === name));
  const superusers = [facts.database.user, ...otherSuperusers(facts)];
  return [
    ...recorded,
    ...missing
      .filter((name) => !superusers.includes(name))
      .map((name) => ({ ...plainRole(name), login: true, inherit: false })),
  ].filter(({ name }) => name !== facts.database.user);
}

/** Roles that own databases, and the one every site has. */
function ownersOf({ dumps, database }: SqlFacts): string[] {
  const names = new Set([...dumps.map(({ owner }) => owner), REPOSITORY_ROLE.name]);
  return [...names].filter((name) => name !== '' && name !== database.user);
}
