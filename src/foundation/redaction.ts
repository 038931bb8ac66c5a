/** Shorter secrets are not hidden: they would blot out ordinary text. */
export const SHORTEST_SECRET = 4;

/** What a person is told who gives a shorter one. */
export const TOO_SHORT_A_SECRET = `must have at least ${String(SHORTEST_SECRET)} characters: a shorter secret cannot be hidden in messages`;

/** Whether a secret is long enough to be hidden. */
export function canBeHidden(secret: string): boolean {
  return secret.length >= SHORTEST_SECRET;
}

/** In base64 what a shorter text gives could be a part of anything. */
const SHORTEST_BASE64 = 8;

/** Backslashes and spaces that one may become. Without a bound, text made for it would keep the search busy for ever. */
const MOST = 8;
const MOST_SPACE = 200;

/** Replaces every registered secret in text by `***`. One a process; secrets are registered when they are read. */
export interface Redactor {
  /** Values shorter than 4 characters are not registered. */
  register(secret: string): void;
  redact(text: string): string;
}

/**
 * Makes an empty redactor. It hides a secret also as programs write it: escaped for JSON (once or more often), a URL, HTML,
 * a shell, SQL or a password file of PostgreSQL, broken into lines at its spaces, and in base64.
 */
export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  let pattern: RegExp | undefined;
  return {
    register(secret) {
      if (!canBeHidden(secret) || secrets.has(secret)) return;
      secrets.add(secret);
      // Longest first, so that a secret containing another one is hidden whole.
      const ordered = [...secrets].sort((a, b) => b.length - a.length);
      pattern = new RegExp([...ordered.map(anyWriting), ...ordered.flatMap(base64Forms)].join('|'), 'gu');
    },
    redact(text) {
      return pattern === undefined ? text : text.replaceAll(pattern, '***');
    },
  };
}

/** A pattern for the secret in all its writings. Letters and digits are always written as they are. */
function anyWriting(secret: string): string {
  const pieces = secret.match(/\\+| +|[^]/gu) ?? [];
  return pieces
    .map((piece, index) => {
      if (/^[A-Za-z0-9]$/.test(piece)) return piece;
      if (piece.startsWith('\\')) return backslashes(piece.length, index === pieces.length - 1);
      const escaped = anyOf([literal(piece), percent(piece), unicode(piece), ...special(piece)]);
      // What is before it may be escaping it, or be a part of the secret that was taken already.
      return pieces[index - 1]?.startsWith('\\') === true ? escaped : `\\\\{0,${MOST}}${escaped}`;
    })
    .join('');
}

/** Doubled once or more often. At the end as they are, doubled or doubled twice: one more may escape what follows the secret. */
function backslashes(count: number, last: boolean): string {
  const times = last
    ? [4, 2, 1].map((factor) => `{${String(count * factor)}}`)
    : [`{${String(count)},${String(count * MOST)}}`];
  return anyOf([...times.map((many) => `\\\\${many}`), `(?:%5[Cc]){${String(count)}}`]);
}

function special(piece: string): readonly string[] {
  if (/^ +$/.test(piece)) return [`\\s{1,${MOST_SPACE}}`, `\\+{${String(piece.length)}}`];
  return SPECIAL[piece] ?? [];
}

const SPECIAL: Readonly<Record<string, readonly string[]>> = {
  "'": [String.raw`'\\''`, "''", '&#39;', '&#x27;', '&apos;'],
  '"': ['&quot;', '&#34;'],
  '&': ['&amp;'],
  '<': ['&lt;'],
  '>': ['&gt;'],
  '\t': [String.raw`(?<=\\)t`],
};

function literal(piece: string): string {
  return piece.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

function percent(piece: string): string {
  return [...Buffer.from(piece)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .map((hex) => `%${[...hex].map((digit) => `[${digit}${digit.toUpperCase()}]`).join('')}`)
    .join('');
}

function unicode(piece: string): string {
  return Array.from({ length: piece.length }, (_, at) => piece.charCodeAt(at).toString(16).padStart(4, '0'))
    .map((hex, at) => (at === 0 ? String.raw`(?<=\\)u` : `\\\\{1,${MOST}}u`) + hex)
    .join('');
}

/** Longest first: a pattern takes the first that fits. */
function anyOf(patterns: readonly string[]): string {
  return `(?:${[...new Set(patterns)].sort((a, b) => b.length - a.length).join('|')})`;
}

/** Of each way it may lie in the groups of three bytes, what does not depend on its neighbours. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2]
    .map((before) => {
      const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
      const whole = Math.floor((before + bytes.length) / 3) * 4;
      return text.slice(before === 0 ? 0 : 4, whole);
    })
    .filter((text) => text.length >= SHORTEST_BASE64)
    .map((text) => text.replaceAll('+', '[+-]').replaceAll('/', '[/_]'));
}
