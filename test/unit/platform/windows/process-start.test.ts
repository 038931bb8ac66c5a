import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../src/contract/json.ts';
import { createIdentities } from '../../../../src/platform/process/identity.ts';
import { PowerShellError, type PowerShell } from '../../../../src/platform/windows/powershell.ts';
import { createWindowsStart } from '../../../../src/platform/windows/process-start.ts';
import { noPowerShell } from '../../../helpers/no-powershell.ts';

/** Windows with one process, 4711. */
function windows(answer: JsonValue): PowerShell {
  return {
    run: (script, input, limits) =>
      script === 'process-start'
        ? Promise.resolve(input['pid'] === 4711 ? answer : null)
        : noPowerShell.run(script, input, limits),
  };
}

describe('a process of Windows', () => {
  const { identify, isAlive, endProcess } = createIdentities(
    createWindowsStart(windows('134081568000000000')),
  );

  it('is known by its number and when it was started', async () => {
    expect(await identify(4711)).toEqual({ pid: 4711, startedAt: '134081568000000000' });
    expect(await identify(4712)).toBeUndefined();
  });

  it('is told from a later one with the same number, which is not ended', async () => {
    expect(await isAlive({ pid: 4711, startedAt: '134081568000000000' })).toBe(true);
    const earlier = { pid: 4711, startedAt: '134081500000000000' };
    expect(await isAlive(earlier)).toBe(false);
    expect(await endProcess(earlier)).toBe(false);
  });

  it('is not guessed from an answer that is none', async () => {
    await expect(createWindowsStart(windows('yesterday'))(4711)).rejects.toThrow(PowerShellError);
  });
});
