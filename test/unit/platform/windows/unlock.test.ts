import { describe, expect, it } from 'vitest';
import { UnreachableError } from '../../../../src/contract/errors.ts';
import type { JsonObject, JsonValue } from '../../../../src/contract/json.ts';
import { createRemoteUnlock } from '../../../../src/platform/windows/unlock.ts';

function unlockAnswered(answer: JsonValue) {
  const calls: { script: string; input: JsonObject }[] = [];
  const unlock = createRemoteUnlock({
    host: 'qs2.example',
    powershell: { run: async (script, input) => (calls.push({ script, input }), answer) },
  });
  return { calls, unlock: () => unlock('one-time', { timeoutMs: 1000 }) };
}

describe('the certificates of another server', () => {
  it.each([200, 302])(
    'are unlocked by its own PowerShell, with the password on its input (HTTP %s)',
    async (status) => {
      const { unlock, calls } = unlockAnswered({ status });
      await unlock();
      expect(calls).toEqual([
        { script: 'certificate-setup', input: { password: 'one-time', timeoutMs: 1000 } },
      ]);
    },
  );

  it('are asked for again by whoever waits when nobody listens there yet', async () => {
    await expect(unlockAnswered({ status: 0 }).unlock()).rejects.toThrow(UnreachableError);
  });

  it('stay locked when the password is refused, or the answer is another one', async () => {
    await expect(unlockAnswered({ status: 403 }).unlock()).rejects.toThrow(
      'port 4570 of qs2.example did not take the password (HTTP 403)',
    );
    await expect(unlockAnswered('what?').unlock()).rejects.toThrow('not understood');
  });
});
