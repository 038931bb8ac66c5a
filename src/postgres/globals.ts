import fs from 'node:fs/promises';
import { PreflightError, VerificationError } from '../contract/errors.ts';
import { serverArguments, type ClientTarget } from './dump.ts';
import { isMissing } from './error-codes.ts';
import { splitScript } from './script.ts';
import type { ClientPrograms } from './server.ts';

/** Lines newer pg_dumpall writes (15.14, 16.10, 17.6 and later) and older psql refuses. */
const RESTRICT = /^\\(un)?restrict\b/;
/** The only command of psql that may stay: it is as old as psql. */
const ALLOWED_COMMAND = /^\\connect\b/;
/** What a dump of roles and tablespaces consists of; none of it is younger than PostgreSQL 9.6. */
const ALLOWED_STATEMENT =
  /^(?:SET\s|SELECT\s+pg_catalog\.set_config|(?:CREATE|ALTER|DROP)\s+(?:ROLE|TABLESPACE)\s|COMMENT\s+ON\s+(?:ROLE|TABLESPACE)\s|SECURITY\s+LABEL\s|GRANT\s|REVOKE\s)/i;
const END_MARK = /^-- PostgreSQL database cluster dump complete\s*$/m;

/** What was found in a globals file. */
export interface CheckedGlobals {
  readonly statements: number;
  readonly roles: number;
}

/**
 * The command that writes roles and tablespaces into `file`. Password hashes need a superuser; without one they are
 * left out. The file should be there already and private: see {@link createPrivateFile}.
 * @throws PreflightError when the programs are older than 10 and the user is no superuser.
 */
export function globalsCommand(
  programs: ClientPrograms,
  address: ClientTarget,
  request: { readonly file: string; readonly superuser: boolean },
): string[] {
  if (!request.superuser && programs.major < 10)
    throw new PreflightError(
      `pg_dumpall ${programs.version} cannot write roles without their passwords, which only a superuser may read.`,
      { hint: 'Use the superuser (postgres) in `database.user`.' },
    );
  return [
    programs.pgDumpall,
    ...serverArguments(address),
    '-g',
    ...(request.superuser ? [] : ['--no-role-passwords']),
    '-f',
    request.file,
  ];
}

/** Creates an empty file that only this user may read, for what a program will write into it. */
export async function createPrivateFile(file: string): Promise<void> {
  await fs.writeFile(file, '', { mode: 0o600 });
  // The mode above holds only for a new file.
  await fs.chmod(file, 0o600);
}

/** Removes the `\restrict` and `\unrestrict` lines, and nothing that only looks like them inside quotes. */
export function cleanGlobals(text: string): string {
  let cleaned = '';
  let from = 0;
  for (const piece of splitScript(text)) {
    if (piece.kind !== 'command' || !RESTRICT.test(piece.text)) continue;
    cleaned += text.slice(from, piece.start);
    from = piece.end;
  }
  return cleaned + text.slice(from);
}

/**
 * Looks for what psql from 9.6 on would refuse in a globals script, without running it: it is whole, its only commands to
 * psql itself are `\connect`, and its statements are of the kinds such a script has had since then. What the statements say
 * is not looked at.
 * @throws VerificationError naming the lines that are not so.
 */
export function checkGlobals(text: string): CheckedGlobals {
  const problems: string[] = [];
  let statements = 0;
  let roles = 0;
  for (const piece of splitScript(text)) {
    // The text itself may hold a password hash; its first words do not.
    const words = /^\S+(?:\s+\S+)?/.exec(piece.text)?.[0] ?? '';
    if (piece.unfinished) problems.push(`line ${piece.line}: "${words}" does not end`);
    else if (piece.kind === 'command') {
      if (!ALLOWED_COMMAND.test(piece.text))
        problems.push(`line ${piece.line}: older psql may not know ${words.split(/\s/)[0] ?? words}`);
    } else if (ALLOWED_STATEMENT.test(piece.text)) {
      statements += 1;
      if (/^CREATE\s+ROLE\s/i.test(piece.text)) roles += 1;
    } else problems.push(`line ${piece.line}: "${words}" is not expected there`);
  }
  if (!END_MARK.test(text)) problems.push('the line that marks the end is missing: it was cut off');
  if (roles === 0) problems.push('there is no role in it');
  if (problems.length > 0)
    throw new VerificationError(`The roles written by pg_dumpall are not usable: ${problems.join('; ')}.`, {
      hint: 'Check the free space of the disk, and whether pg_dumpall is of the same version as the server.',
    });
  return { statements, roles };
}

/**
 * Cleans and checks what {@link globalsCommand} wrote, in place; the file stays private.
 * @throws VerificationError when it is not there, empty or not usable.
 */
export async function finishGlobals(file: string): Promise<CheckedGlobals & { readonly bytes: number }> {
  let text: string;
  try {
    // Byte for byte: names are in the encoding of the server, which need not be UTF-8.
    text = await fs.readFile(file, 'latin1');
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new VerificationError(`The file of roles ${file} is not there.`, { cause: error });
  }
  const cleaned = cleanGlobals(text);
  const checked = checkGlobals(cleaned);
  const temporary = `${file}.tmp`;
  await createPrivateFile(temporary);
  await fs.writeFile(temporary, cleaned, 'latin1');
  await fs.rename(temporary, file);
  return { ...checked, bytes: cleaned.length };
}
