import { describe, expect, it } from 'vitest';
import { createConsoleText, utf8Text } from '../../../../src/platform/process/console-text.ts';

/** Reads bytes on a Windows whose consoles have this code page. */
function on(page: number | undefined, hex: string): Promise<string> {
  return createConsoleText(() => Promise.resolve(page))(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

describe('what a program of Windows writes', () => {
  it.each([
    [850, '5a7567726966662076657277656967657274 3a204772 94 e1 6520 ab', 'Zugriff verweigert: Größe ½'],
    [437, '416363 65736f2064656e656761646f3a20 a4 20 9b', 'Acceso denegado: ñ ¢'],
    [866, '8ee2aaa0a7a0adae 20a2 20a4aee1e2e3afa5 2e', 'Отказано в доступе.'],
    [932, '83418 34e835a835882aa8b9194db82b382ea82dc82b582bd8142', 'アクセスが拒否されました。'],
    [1252, 'a0 e4 80', '\u00a0ä€'],
  ])('is read by code page %i of its console', async (page, hex, text) => {
    expect(await on(page, hex)).toBe(text);
  });

  it('stays UTF-8 where it is UTF-8, and the code page is not asked then', async () => {
    const text = createConsoleText(() => Promise.reject(new Error('nobody may ask')));
    expect(await text(Buffer.from('Größe 売上 plain\r\n'))).toBe('Größe 売上 plain\r\n');
  });

  it('is read line by line, since one program passes on what another one said', async () => {
    const ibm = Buffer.from([0x47, 0x72, 0x94, 0xe1, 0x65, 0x0d, 0x0a]);
    const bytes = Buffer.concat([Buffer.from('Größe\n'), ibm, Buffer.from('Ende ä')]);
    expect(await createConsoleText(() => Promise.resolve(850))(bytes)).toBe('Größe\nGröße\r\nEnde ä');
  });

  it('is asked for its code page once', async () => {
    let asked = 0;
    const text = createConsoleText(() => Promise.resolve(((asked += 1), 850)));
    await Promise.all([text(Buffer.from([0x84])), text(Buffer.from([0x81]))]);
    expect(await text(Buffer.from([0x94]))).toBe('ö');
    expect(asked).toBe(1);
  });

  it.each([undefined, 65001, 4711])(
    'keeps its plain letters where code page %s helps nobody',
    async (page) => {
      expect(await on(page, '6f6b 94')).toBe('ok\ufffd');
    },
  );

  it('has nothing to be read on other systems but UTF-8', async () => {
    expect(await utf8Text(Buffer.from('Größe'))).toBe('Größe');
  });
});
