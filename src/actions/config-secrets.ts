const WORDS = 'pass(?:word|wd|phrase)|secret|(?<!publickey)token|credential|pwd';

/** What may stand behind `Password=`: in quotes, as JSON or XML write them, else up to the end of the setting. */
const VALUE = [
  String.raw`&quot;(?:(?!&quot;)[^\r\n])+&quot;`,
  String.raw`\\"(?:[^"\\\r\n]|\\[^"\r\n])+\\"`,
  String.raw`\\u002[27](?:(?!\\u002[27])[^"\r\n])+\\u002[27]`,
  String.raw`'(?:[^'\r\n]|'')+'`,
  String.raw`"(?:[^"\r\n]|"")+"`,
  String.raw`(?:\\.|&#?\w+;|[^;"'<>\r\n\\])+`,
].join('|');

const HIDDEN: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '*** (private key)'],
  [/<EncryptedData\b[^]*?<\/EncryptedData>/g, '***'],
  [/(connectionString\s*=\s*)(?:"[^"]*"|'[^']*')/gi, '$1"***"'],
  // <add key="ProxyPassword" value="..."/>, either way round.
  [
    new RegExp(`(key\\s*=\\s*["'][^"']*(?:${WORDS})[^"']*["']\\s+value\\s*=\\s*)(?:"[^"]*"|'[^']*')`, 'gi'),
    '$1"***"',
  ],
  [
    new RegExp(
      `(\\svalue\\s*=\\s*)(?:"[^"]*"|'[^']*')(?=\\s+key\\s*=\\s*["'][^"']*(?:${WORDS})[^"']*["'])`,
      'gi',
    ),
    '$1"***"',
  ],
  // "clientSecret": "..."
  [
    new RegExp(`("[^"\\n]*(?:${WORDS}|connectionString)[^"\\n]*"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)+"`, 'gi'),
    '$1"***"',
  ],
  // <password>...</password>
  [
    /(<[\w:.-]*(?:pass(?:word|wd|phrase)|pwd|secret)[\w:.-]*(?:\s(?:[^<>]*[^<>/])?)?>)(?:<!\[CDATA\[[^]*?\]\]>|(?=[^<]*[^\s<])[^<]+)/gi,
    '$1***',
  ],
  // proxy-password=..., to the end of the line
  [
    new RegExp(
      `^([^\\S\\r\\n]*;*[^\\s="<>;]*(?:${WORDS})[^\\s="<>;]*[^\\S\\r\\n]*=[^\\S\\r\\n]*)[^\\s].*$`,
      'gim',
    ),
    '$1***',
  ],
  // Host=...;Password=...;Port=..., wherever it stands
  [new RegExp(`((?:${WORDS})[\\w-]*[^\\S\\r\\n]*=[^\\S\\r\\n]*)(?:${VALUE})`, 'gi'), '$1***'],
  // postgresql://user:password@host
  [/(:\/\/[^\s:/@"']*:)[^\s@"'<>]+(?=@)/g, '$1***'],
  [/AQAAANCMnd8BFdERjHoA[A-Za-z0-9+/=]*/g, '***'],
];

/** The text of a configuration file with passwords, keys and encrypted values hidden, line by line as it was. */
export function hideSecrets(text: string): string {
  return HIDDEN.reduce((current, [pattern, shown]) => current.replace(pattern, shown), text);
}
