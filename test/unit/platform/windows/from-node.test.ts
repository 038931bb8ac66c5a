import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../src/contract/json.ts';
import { connectsThrough, findProgramThrough } from '../../../../src/platform/windows/from-node.ts';
import { PowerShellError, type PowerShell } from '../../../../src/platform/windows/powershell.ts';

const { signal } = new AbortController();

/** A Windows whose scripts answer `value`, and what they were asked. */
function answering(value: JsonValue): { readonly powershell: PowerShell; readonly asked: unknown[] } {
  const asked: unknown[] = [];
  const powershell: PowerShell = {
    run(script, input, { timeoutMs }) {
      asked.push([script, input, timeoutMs]);
      return Promise.resolve(value);
    },
  };
  return { powershell, asked };
}

describe('a program on another Windows server', () => {
  const at = (version: string): string => `C:\\Program Files\\PostgreSQL\\${version}\\bin\\psql.exe`;

  it('is found newest version first, that of PATH last, and each once', async () => {
    const onPath = at('9.6').toUpperCase();
    const { powershell, asked } = answering({ files: [at('9.6'), at('14'), at('12.5')], onPath });
    const folders = [String.raw`%ProgramFiles%\PostgreSQL`];
    expect(await findProgramThrough(powershell)('psql.exe', folders, signal)).toEqual([
      at('14'),
      at('12.5'),
      at('9.6'),
    ]);
    expect(asked).toEqual([['find-programs', { program: 'psql.exe', folders }, 60_000]]);
  });

  it('may be on PATH alone', async () => {
    const { powershell } = answering({ files: [], onPath: 'D:\\pg\\psql.exe' });
    expect(await findProgramThrough(powershell)('psql.exe', [], signal)).toEqual(['D:\\pg\\psql.exe']);
  });

  it('is not known when the answer is no such list', async () => {
    const { powershell } = answering({ files: null });
    await expect(findProgramThrough(powershell)('psql.exe', [], signal)).rejects.toThrow(PowerShellError);
  });
});

describe('a port, from another Windows server', () => {
  it('takes a connection, or it is told why not; each address has its time', async () => {
    const { powershell, asked } = answering({ reached: true });
    const wait = { timeoutMs: 20_000, signal };
    expect(await connectsThrough(powershell)('db.example', 4432, wait)).toEqual({ reached: true });
    expect(asked).toEqual([
      ['tcp-connect', { host: 'db.example', port: 4432, timeoutMs: 20_000 }, 4 * 20_000 + 60_000],
    ]);
    const refused = { reached: false, why: '10.0.0.5: actively refused' };
    expect(await connectsThrough(answering(refused).powershell)('db.example', 4432, wait)).toEqual(refused);
  });

  it('is not known when the answer does not say so', async () => {
    const { powershell } = answering({ reached: false });
    await expect(connectsThrough(powershell)('db.example', 1, { timeoutMs: 1 })).rejects.toThrow(
      'whether db.example:1 takes a connection is not known',
    );
  });
});
