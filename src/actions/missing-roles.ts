import type { SqlOperation } from '../contract/operation.ts';
import { isMd5, REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import type { RecordedRole } from '../postgres/recorded-roles.ts';
import { scramLines, type PasswordRules } from '../postgres/password-rules.ts';
import { createRoleStatements, quoteName, quoteText } from '../postgres/recreate.ts';

/** Something a person has to know, and what to do about it. */
export interface RoleWarning {
  readonly message: string;
  readonly hint: string;
}

/** A statement as it is shown, and as it is run where that must not be shown. */
export interface RoleStatement {
  readonly shown: string;
  readonly run: string;
}

/** Says that a role was made by this run, so that a rollback drops no other. */
export function roleMark(run: string): string {
  return `made by sense-runbook in run ${run}`;
}

/** The roles that are to be made: missing here, and no superusers. */
export function rolesToMake(
  recorded: readonly RecordedRole[],
  existing: readonly string[],
): readonly RecordedRole[] {
  return recorded.filter(({ name, superuser }) => !superuser && !existing.includes(name));
}

/** The statements that make them; `user` is the superuser that the tool logs in as. */
export function roleStatements(
  recorded: readonly RecordedRole[],
  existing: readonly string[],
  { run, user }: { readonly run: string; readonly user: string },
): RoleStatement[] {
  const made = rolesToMake(recorded, existing);
  const known = recorded.filter(({ superuser, name }) => !superuser || existing.includes(name));
  const plain = (text: string): RoleStatement => ({ shown: text, run: text });
  const statements = createRoleStatements(known, existing);
  // So does the manual (2.5, p. 139); a set without a record of it has not got it from there.
  const toUser = `GRANT ${quoteName(REPOSITORY_ROLE.name)} TO ${quoteName(user)}`;
  const repository = made.some(({ name }) => name === REPOSITORY_ROLE.name);
  return [
    ...statements.map(plain),
    ...(repository && !statements.includes(toUser) ? [plain(toUser)] : []),
    ...made.flatMap((role): RoleStatement[] => {
      const name = quoteName(role.name);
      return [
        ...(role.validUntil === undefined
          ? []
          : [plain(`ALTER ROLE ${name} VALID UNTIL ${quoteText(role.validUntil)}`)]),
        ...(role.passwordHash === undefined
          ? []
          : [
              {
                shown: `ALTER ROLE ${name} PASSWORD '***'`,
                run: `ALTER ROLE ${name} PASSWORD '${role.passwordHash}'`,
              },
            ]),
        plain(`COMMENT ON ROLE ${name} IS ${quoteText(roleMark(run))}`),
      ];
    }),
  ];
}

/** As operations of the plan. */
export function roleOperation({ shown }: Pick<RoleStatement, 'shown'>): SqlOperation {
  return { kind: 'sql', database: 'postgres', text: shown, effect: 'change' };
}

/** What will not be as it was: said before anything is changed. */
export function roleWarnings(
  recorded: readonly RecordedRole[],
  existing: readonly string[],
  rules: PasswordRules | string,
  databases: readonly string[],
): RoleWarning[] {
  const superusers = recorded.filter(({ name, superuser }) => superuser && !existing.includes(name));
  const made = rolesToMake(recorded, existing).filter(({ login }) => login);
  return [
    ...superusers.map(({ name }) => ({
      message: `The superuser ${name} of the old server is missing here and is not made.`,
      hint: 'Make it yourself if somebody needs it: CREATE ROLE ... SUPERUSER.',
    })),
    ...made.flatMap((role) => passwordWarnings(role, rules, databases)),
  ];
}

function passwordWarnings(
  role: RecordedRole,
  rules: PasswordRules | string,
  databases: readonly string[],
): RoleWarning[] {
  const set = `ALTER ROLE ${quoteName(role.name)} PASSWORD '...'`;
  const same = 'with the password that is in the connection strings of Qlik Sense (manual 8.6, p. 305)';
  if (role.passwordHash === undefined)
    return [
      {
        message: `The role ${role.name} is made without a password, since the set has none recorded: it cannot log in.`,
        hint: `Set it afterwards: ${set}, ${same}.`,
      },
    ];
  if (!isMd5(role.passwordHash)) return [];
  if (typeof rules === 'string')
    return [
      {
        message: `The password of the role ${role.name} is recorded as an md5 hash; whether pg_hba.conf asks for scram-sha-256 could not be read: ${rules}`,
        hint: `If it does, the role cannot log in. Then set the password afterwards: ${set}, ${same}.`,
      },
    ];
  const lines = scramLines(rules, role.name, databases);
  if (lines.length === 0) return [];
  const first = rules.encryption === 'md5' ? `SET password_encryption = 'scram-sha-256'; ` : '';
  return [
    {
      message: `The password of the role ${role.name} is recorded as an md5 hash, and pg_hba.conf asks for scram-sha-256 (line ${lines.join(', ')}): with that the role cannot log in.`,
      hint: `Set the password afterwards: ${first}${set}, ${same}. Or write md5 instead of scram-sha-256 into that line of pg_hba.conf: then both kinds work.`,
    },
  ];
}
