import type { LocatedValue } from './config-values.ts';

/** How data that Windows encrypted for one machine or account (DPAPI) begins in base64. */
const DPAPI = /AQAAANCMnd8BFdERjHoA/;

const SECRET_KEY = /pass(?:word|wd|phrase)|pwd$|secret|encrypted|connectionstring|credential|token/i;
const HOST_KEY = /^-*(?:host|hostname|server|servername|databasehost|dbhost|address)$/i;
const DATABASE_KEY = /^(?:port|user|username|database|dbname)$/i;
const DATABASE_PART = /postgres|database|licenses|messagequeue|^db$/i;
const CONNECTION_PART = /^connectionstrings?$/i;
/** A connection string in plain text, whatever its key is called. */
const CONNECTION = /(?:^|[;"'\s])(?:password|pwd)\s*=/i;

/** Lines of `services.conf` that say where the program of a service lies: they belong to the release. */
const RELEASE_KEY = /^(?:identity|displayname|exepath|script|version)$/i;

/**
 * Why a value stays as it is on the node: it is bound to the machine or the database that was backed up (manual 6.7,
 * p. 254). Undefined: it may be taken over.
 */
export function boundTo(
  { path, encrypted }: Pick<LocatedValue, 'path' | 'encrypted'>,
  raw: string,
): string | undefined {
  const key = path.at(-1) ?? '';
  if (encrypted === true) return 'encrypted for the machine, and names the database';
  if (DPAPI.test(raw)) return 'encrypted for the machine';
  if (path.some((part) => CONNECTION_PART.test(part)) || CONNECTION.test(raw)) return 'a connection string';
  if (SECRET_KEY.test(key)) return 'a password or a secret';
  if (HOST_KEY.test(key)) return 'names a server';
  if (DATABASE_KEY.test(key) && path.some((part) => DATABASE_PART.test(part)))
    return 'belongs to the database connection';
  return undefined;
}

/** Why a value is not taken over to another host or release; `names` are host names of the site that was backed up. */
export function boundToOther(value: LocatedValue, raw: string, names: readonly string[]): string | undefined {
  const bound = boundTo(value, raw);
  if (bound !== undefined) return bound;
  if (RELEASE_KEY.test(value.path.at(-1) ?? '')) return 'belongs to the release';
  const named = names.find((name) =>
    new RegExp(`(?<![\\w-])${escapePattern(name)}(?![\\w-])`, 'i').test(raw),
  );
  return named === undefined ? undefined : `names ${named}`;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
