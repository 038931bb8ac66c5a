import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrapText } from '../../../src/foundation/human.ts';
import { createRedactor } from '../../../src/foundation/redaction.ts';
import { hostileText } from '../../helpers/hostile-text.ts';

const SECRET = `Geheim "q' \\b:%41 $x & <ü>+/ wort`;

function redact(text: string, ...secrets: string[]): string {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.register(secret);
  return redactor.redact(text);
}

/** How programs write a text that is not theirs. */
const WRITTEN: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'as JSON': (text) => JSON.stringify(text).slice(1, -1),
  'as JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)).slice(1, -1).slice(2, -2),
  'in a URL': encodeURIComponent,
  'in a form': (text) => new URLSearchParams({ x: text }).toString().slice(2),
  'in a password file': (text) => text.replaceAll(/[\\:]/g, String.raw`\$&`),
  'quoted for a shell': (text) => text.replaceAll("'", String.raw`'\''`),
  'quoted for SQL': (text) => text.replaceAll("'", "''"),
  'as HTML': (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
  'as ASCII JSON': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'wrapped into lines': (text) => wrapText(text, 12, '        ').join('\n'),
};

describe('a secret', () => {
  it.each(Object.entries(WRITTEN))('is hidden %s', (_how, write) => {
    expect(redact(`before ${write(SECRET)} after`, SECRET)).toBe('before *** after');
  });

  it.each([
    ['', 0],
    ['u:', 4],
    ['user:', 8],
    ['dom\\u:', 8],
  ])('is hidden in base64 after %j, but for what its ends share with their neighbours', (before, most) => {
    const shown = redact(Buffer.from(`${before}${SECRET}\n`).toString('base64'), SECRET);
    expect(shown).toContain('***');
    expect(shown.replace('***', '').length).toBeLessThanOrEqual(most + 8);
  });

  it('is hidden whole when it holds another one', () => {
    expect(redact('abcd-efgh and abcd', 'abcd', 'abcd-efgh')).toBe('*** and ***');
  });

  it('of fewer than four characters is not looked for: it would blot out ordinary text', () => {
    expect(redact('abc', 'abc')).toBe('abc');
  });

  it('is nothing else: what is like it stays', () => {
    expect(redact('Geheim wort, geheim "q', SECRET)).toBe('Geheim wort, geheim "q');
    expect(redact('a.cd', 'a+cd')).toBe('a.cd');
  });

  it('leaves JSON readable, whatever it is', () => {
    fc.assert(
      fc.property(hostileText(), hostileText(), hostileText(), (secret, before, after) => {
        fc.pre(secret.length >= 4 && /^[^\w]/.test(secret));
        const document = JSON.stringify({ text: `${before}${secret}${after}` });
        expect(() => void JSON.parse(redact(document, secret))).not.toThrow();
      }),
    );
  });

  it('is hidden in every way, whatever it is', () => {
    fc.assert(
      fc.property(hostileText(), fc.constantFrom(...Object.keys(WRITTEN)), (secret, how) => {
        fc.pre(secret.trim().length >= 4 && /^\S.*\S$/.test(secret));
        expect(redact(`x${WRITTEN[how]?.(secret) ?? ''}x`, secret)).toBe('x***x');
      }),
      { numRuns: 500 },
    );
  });

  it('takes no long time, also in text made to take it', () => {
    const secret = `\\"\\"\\"  \\\\ '"'" end`;
    const text = '\\'.repeat(20_000) + '"'.repeat(20_000) + ' '.repeat(20_000) + "'".repeat(20_000);
    const began = performance.now();
    redact(text, secret);
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});
