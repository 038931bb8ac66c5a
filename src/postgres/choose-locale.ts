import { PreflightError } from '../contract/errors.ts';
import { DatabaseError } from './errors.ts';
import { sameLanguage, spellings } from './locale.ts';
import type { SqlClient } from './server.ts';

/** What the databases of a server are made with. */
export interface Locale {
  readonly collate: string;
  readonly ctype: string;
}

/** A locale that this server has. */
export interface ChosenLocale extends Locale {
  /** Set when it is not the recorded one in another spelling, but the server's own for the same language. */
  readonly instead?: true;
}

const NEVER_MISSING = new Set(['C', 'POSIX']);

/**
 * The locale for a database that had `recorded`: that one in a spelling this server knows, else the server's own
 * (template0) when it is of the same language and country, as between Windows and Linux. Only looks.
 * @throws PreflightError when it has neither; DatabaseError
 */
export async function chooseLocale(client: SqlClient, recorded: Locale): Promise<ChosenLocale> {
  const collate = await knownSpelling(client, recorded.collate);
  const ctype = await knownSpelling(client, recorded.ctype);
  if (collate !== undefined && ctype !== undefined) return { collate, ctype };
  const [own] = await client.query<Locale>(
    `select datcollate::text as collate, datctype::text as ctype from pg_catalog.pg_database
      where datname = 'template0'`,
  );
  if (
    own !== undefined &&
    sameLanguage(own.collate, recorded.collate) &&
    sameLanguage(own.ctype, recorded.ctype)
  )
    return { ...own, instead: true };
  const missing = collate === undefined ? recorded.collate : recorded.ctype;
  throw new PreflightError(
    `The database server does not know the locale ${missing}${own === undefined ? '' : ` (its own is ${own.collate})`}.`,
    {
      hint: `Install that locale on the machine of the database server, or restore to a server that has it: texts would be sorted in another order, and unique ones might not be so any more. With --documented the databases get the server's own locale, as in the manual (5.7, p. 211).`,
    },
  );
}

async function knownSpelling(client: SqlClient, name: string): Promise<string | undefined> {
  if (NEVER_MISSING.has(name)) return name;
  for (const spelling of spellings(name)) if (await isKnown(client, spelling)) return spelling;
  return undefined;
}

/** The server checks this setting against the locales of its system, and forgets it after the statement. */
async function isKnown(client: SqlClient, name: string): Promise<boolean> {
  try {
    await client.query(`select pg_catalog.set_config('lc_monetary', $1, true)`, [name]);
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.sqlState === '22023') return false;
    throw error;
  }
}
