import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../../src/contract/errors.ts';
import type { Exec } from '../../../../src/contract/node.ts';
import { readConsolePage } from '../../../../src/platform/windows/console-page.ts';

const KEY = String.raw`HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage`;

/** A registry that answers this one question. */
function registry(answer: string | Error): Exec {
  return (argv) => {
    expect(argv).toEqual(['reg.exe', 'query', KEY, '/v', 'OEMCP']);
    return answer instanceof Error
      ? Promise.reject(answer)
      : Promise.resolve({ stdout: answer, stderr: '', durationMs: 1 });
  };
}

describe('the code page of the consoles', () => {
  it('is read from the registry by its name and number, whatever the language of Windows', async () => {
    const answer = `\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Nls\\CodePage\r\n    OEMCP    REG_SZ    850\r\n\r\n`;
    expect(await readConsolePage(registry(answer))).toBe(850);
  });

  it('is not known where the registry does not tell it', async () => {
    expect(await readConsolePage(registry('\r\n    ACP    REG_SZ    1252\r\n'))).toBeUndefined();
    expect(await readConsolePage(registry(new CommandError('no', { argv: ['reg.exe'], code: 1 })))).toBe(
      undefined,
    );
  });

  it('hides no error of this tool', async () => {
    await expect(readConsolePage(registry(new TypeError('a bug')))).rejects.toThrow('a bug');
  });
});
