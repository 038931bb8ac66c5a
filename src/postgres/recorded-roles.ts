import type { RoleEvidence } from './evidence-format.ts';
import { plainRole } from './recreate.ts';
import { splitScript } from './script.ts';

/** The role that Qlik Sense logs in with, and the attributes that the manual gives it (2.5, p. 139). */
export const REPOSITORY_ROLE: RoleEvidence = {
  ...plainRole('qliksenserepository'),
  inherit: false,
  login: true,
};

/** A role as a script of pg_dumpall has it. */
export interface RecordedRole extends RoleEvidence {
  /** A hash that a server takes as it is; absent when none was written, or something else stands there. A secret. */
  readonly passwordHash?: string;
  /** As the script says it; absent: for ever. */
  readonly validUntil?: string;
}

const NAME = String.raw`("(?:[^"]|"")+"|[^\s;,"]+)`;
const CREATE = new RegExp(String.raw`^CREATE\s+ROLE\s+${NAME}$`, 'i');
const ALTER = new RegExp(String.raw`^ALTER\s+ROLE\s+${NAME}\s+WITH\s+(.+)$`, 'is');
const GRANT = new RegExp(String.raw`^GRANT\s+${NAME}\s+TO\s+${NAME}(?:\s|$)`, 'i');
const TEXT = String.raw`'((?:[^']|'')*)'`;
/** What PostgreSQL writes into pg_authid; nothing else is ever put into a statement. */
const HASH =
  /^(?:SCRAM-SHA-256\$\d{1,7}:[A-Za-z0-9+/=]{1,200}\$[A-Za-z0-9+/=]{1,200}:[A-Za-z0-9+/=]{1,200}|md5[0-9a-f]{32})$/;

/**
 * The roles of a script of pg_dumpall with attributes, memberships and password hashes. The script is only read, never
 * run; what it says in other words than pg_dumpall is left out. Names are taken for UTF-8 in a text read as latin1.
 */
export function rolesOfGlobals(globals: string): RecordedRole[] {
  const roles = new Map<string, RecordedRole>();
  for (const { kind, text, unfinished } of splitScript(globals)) {
    if (kind !== 'statement' || unfinished) continue;
    const created = CREATE.exec(text);
    const altered = ALTER.exec(text);
    const granted = GRANT.exec(text);
    if (created?.[1] !== undefined) {
      const name = nameOf(created[1]);
      roles.set(name, plainRole(name));
    } else if (altered?.[1] !== undefined && altered[2] !== undefined) {
      const role = roles.get(nameOf(altered[1]));
      if (role !== undefined) roles.set(role.name, withAttributes(role, altered[2]));
    } else if (granted?.[1] !== undefined && granted[2] !== undefined) {
      const member = roles.get(nameOf(granted[2]));
      const group = nameOf(granted[1]);
      if (member !== undefined && !member.memberOf.includes(group))
        roles.set(member.name, { ...member, memberOf: [...member.memberOf, group] });
    }
  }
  return [...roles.values()];
}

/** Whether a hash is of the old kind, which `scram-sha-256` in pg_hba.conf refuses. */
export function isMd5(hash: string): boolean {
  return hash.startsWith('md5');
}

/** Whether a text is a hash that a server takes as it is. */
export function isPasswordHash(text: string): boolean {
  return HASH.test(text);
}

function withAttributes(role: RecordedRole, words: string): RecordedRole {
  // Words inside of quotes are no attributes.
  const bare = words.replaceAll(/'(?:[^']|'')*'/g, "''");
  const has = (word: string, otherwise: boolean): boolean => {
    const found = new RegExp(String.raw`(?:^|\s)(NO)?${word}(?=\s|$)`, 'i').exec(bare);
    return found === null ? otherwise : found[1] === undefined;
  };
  const hash = new RegExp(String.raw`\sPASSWORD\s+${TEXT}`, 'i').exec(words)?.[1];
  const until = new RegExp(String.raw`\sVALID\s+UNTIL\s+${TEXT}`, 'i').exec(words)?.[1];
  const limit = /\sCONNECTION\s+LIMIT\s+(-?\d+)/i.exec(bare)?.[1];
  return {
    ...role,
    superuser: has('SUPERUSER', role.superuser),
    createDb: has('CREATEDB', role.createDb),
    createRole: has('CREATEROLE', role.createRole),
    inherit: has('INHERIT', role.inherit),
    login: has('LOGIN', role.login),
    replication: has('REPLICATION', role.replication),
    bypassRls: has('BYPASSRLS', role.bypassRls),
    ...(limit === undefined ? {} : { connectionLimit: Number(limit) }),
    ...(hash !== undefined && isPasswordHash(hash) ? { passwordHash: hash } : {}),
    ...(until === undefined ? {} : { validUntil: until.replaceAll("''", "'") }),
  };
}

function nameOf(written: string): string {
  const name = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
  const decoded = Buffer.from(name, 'latin1').toString('utf8');
  return decoded.includes('\uFFFD') ? name : decoded;
}
