import { describe, expect, it } from 'vitest';
import { chooseLocale } from '../../../src/postgres/choose-locale.ts';
import { DatabaseError } from '../../../src/postgres/errors.ts';
import { sameLanguage, sameSpelling, spellings } from '../../../src/postgres/locale.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';

/** A server that knows these locales, and whose own is the first of them. */
function server(...known: string[]): SqlClient {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      if (text.includes('template0')) return [{ collate: known[0], ctype: known[0] }] as Row[];
      if (!text.includes('lc_monetary')) throw new Error(`not expected: ${text}`);
      if (!known.includes(String(values[0]))) throw new DatabaseError('invalid value', '22023');
      return [];
    },
    close: async () => undefined,
  };
}

const both = (locale: string) => ({ collate: locale, ctype: locale });

describe('names of locales', () => {
  it.each([
    ['en_US.UTF-8', 'en_US.utf8', true, true],
    ['en_US.UTF-8', 'English_United States.1252', false, true],
    ['de_DE@euro', 'German_Germany.1252', false, true],
    ['sv-SE', 'Swedish_Sweden.1252', false, true],
    ['en_US.UTF-8', 'en_GB.UTF-8', false, false],
    ['C', 'en_US.UTF-8', false, false],
    ['C', 'POSIX', false, false],
    ['German_Germany.1252', 'German_Austria.1252', false, false],
  ])('%s and %s', (one, other, spelling, language) => {
    expect([sameSpelling(one, other), sameLanguage(one, other)]).toEqual([spelling, language]);
    expect([sameSpelling(other, one), sameLanguage(other, one)]).toEqual([spelling, language]);
  });

  it('are looked for in every spelling of UTF-8, the recorded one first', () => {
    expect(spellings('en_US.utf8')).toEqual(['en_US.utf8', 'en_US.UTF-8', 'en_US.UTF8']);
    expect(spellings('English_United States.1252')).toEqual(['English_United States.1252']);
  });
});

describe('the locale of a restored database', () => {
  it('is the recorded one, in a spelling that the server knows', async () => {
    expect(await chooseLocale(server('fr_FR.utf8', 'en_US.utf8'), both('en_US.UTF-8'))).toEqual(
      both('en_US.utf8'),
    );
    expect(await chooseLocale(server('fr_FR.utf8'), both('C'))).toEqual(both('C'));
  });

  it("is the server's own where that is the same language on another system", async () => {
    expect(await chooseLocale(server('en_US.UTF-8'), both('English_United States.1252'))).toEqual({
      ...both('en_US.UTF-8'),
      instead: true,
    });
  });

  it('is refused where it is another one, with what to do', async () => {
    await expect(chooseLocale(server('C.UTF-8'), both('sv_SE.UTF-8'))).rejects.toMatchObject({
      message: 'The database server does not know the locale sv_SE.UTF-8 (its own is C.UTF-8).',
      hint: expect.stringMatching(/Install that locale/) as string,
    });
  });
});
