import type { LocatedValue } from './config-values.ts';

/** How data that Windows encrypted for one machine or account (DPAPI) begins in base64. */
const DPAPI = /AQAAANCMnd8BFdERjHoA/;

const SECRET_KEY = /pass(?:word|wd|phrase)|pwd$|secret|encrypted|connectionstring|credential|token/i;
const HOST_KEY = /^-*(?:host|hostname|server|servername|databasehost|dbhost|address)$/i;
const DATABASE_KEY = /^(?:port|user|username|database|dbname)$/i;
const DATABASE_PART = /postgres|database|licenses|messagequeue|^db$/i;

/** Lines of `services.conf` that say where the program of a service lies: they belong to the release. */
const RELEASE_KEY = /^(?:identity|displayname|exepath|script|version)$/i;

/**
 * Why a value stays as it is on the node: it is bound to the machine or the database that was backed up (manual 6.7,
 * p. 242). Undefined: it may be taken over.
 */
export function boundTo(
  { path, encrypted }: Pick<LocatedValue, 'path' | 'encrypted'>,
  raw: string,
): string | undefined {
  const key = path.at(-1) ?? '';
  if (encrypted === true) return 'encrypted for the machine, and names the database';
  if (DPAPI.test(raw)) return 'encrypted for the machine';
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

const HIDDEN: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '*** (private key)'],
  [/<EncryptedData\b[^]*?<\/EncryptedData>/g, '***'],
  [/(connectionString\s*=\s*)(?:"[^"]*"|'[^']*')/gi, '$1"***"'],
  [
    /(key\s*=\s*["'][^"']*(?:pass(?:word|wd|phrase)|secret|token|credential|pwd)[^"']*["']\s+value\s*=\s*)(?:"[^"]*"|'[^']*')/gi,
    '$1"***"',
  ],
  [
    /("[^"\n]*(?:pass(?:word|wd|phrase)|secret|token|credential|pwd)[^"\n]*"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
    '$1"***"',
  ],
  [
    /^([^\S\r\n]*[^\s="<>]*(?:pass(?:word|wd|phrase)|secret|token|credential|pwd)[^\s="<>]*[^\S\r\n]*=[^\S\r\n]*).+?$/gim,
    '$1***',
  ],
  [/AQAAANCMnd8BFdERjHoA[A-Za-z0-9+/=]*/g, '***'],
];

/** The text with passwords, keys and encrypted values hidden, line by line as it was. */
export function hideSecrets(text: string): string {
  return HIDDEN.reduce((current, [pattern, shown]) => current.replace(pattern, shown), text);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
