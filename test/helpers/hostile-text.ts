import fc from 'fast-check';

/** Pieces that mean something to a shell, to PowerShell, to cmd.exe, to a quoting rule or to a parser of arguments. */
const HOSTILE = [
  ...[
    '"',
    "'",
    '`',
    '$',
    '$(whoami)',
    '${x}',
    ';',
    '&',
    '&&',
    '|',
    '<',
    '>',
    '^',
    '%',
    '%PATH%',
    '!',
    '*',
    '?',
  ],
  ...['\\', '\\\\', '\\"', '""', '/', '-', '--', '@', '#', '~', '(', ')', '{', '}', '[', ']', '=', ',', ':'],
  ...[' ', '  ', '\t', '\n', '\r\n', '\u00a0', '\u2028', '\u0085', '\u0001', '\u007f'],
  // Quotation marks and dashes that PowerShell takes for plain ones.
  ...['\u2018', '\u2019', '\u201a', '\u201b', '\u201c', '\u201d', '\u201e', '\u2013', '\u2014', '\u2015'],
  ...[
    'ä',
    'é',
    '日本',
    '🙂',
    'e\u0301',
    '\ufeff',
    '\u202e',
    'a',
    'Qlik',
    'x y',
    'C:\\Program Files\\',
    '\\\\host\\share\\',
  ],
];

/** Text without NUL, which no argument can carry: hostile pieces, and anything else. */
export function hostileText(): fc.Arbitrary<string> {
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(fc.constantFrom(...HOSTILE), { maxLength: 6 }).map((parts) => parts.join('')),
    },
    {
      weight: 1,
      arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\0', '')),
    },
  );
}
