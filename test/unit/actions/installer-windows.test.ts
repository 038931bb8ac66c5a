import { describe, expect, it } from 'vitest';
import { ExpectedError } from '../../../src/contract/errors.ts';
import { look, PATCH, refusals, UPDATE, UPGRADE } from './check-installer-lab.ts';
import { failed, statuses } from './harness.ts';

describe('Windows', () => {
  it('that waits for a restart is refused, with its reasons', async () => {
    const windows = { release: 'February 2024', reboot: ['CBS: pending', 'rename'] };
    expect(await refusals(UPGRADE, { windows })).toEqual([
      'installer-restart: qs1.example: Windows waits for a restart: CBS: pending; rename.',
    ]);
  });

  it('does not let SYSTEM install, whatever the mode', async () => {
    const windows = { release: 'May 2025', runnerSid: 'S-1-5-18' };
    expect(await refusals(PATCH, { media: UPDATE, windows })).toEqual([
      'installer-account: qs1.example: this runs as SYSTEM.',
    ]);
  });

  it('must run the services as an account of their own before an upgrade, and may not before a patch', async () => {
    const local = { account: 'LocalSystem', accountSid: 'S-1-5-18', runnerSid: 'S-1-5-21-1-500' };
    expect(await refusals(UPGRADE, { windows: { release: 'February 2024', ...local } })).toEqual([
      'installer-service-account: qs1.example: the services run as Local System.',
    ]);
    const patched = await refusals(PATCH, { media: UPDATE, windows: { release: 'May 2025', ...local } });
    expect(patched).toEqual([]);
  });

  it('that does not answer is a failed check that keeps what was seen before', async () => {
    const { checks } = await look(
      { ...UPGRADE, accepted: false },
      { windows: new ExpectedError('access is denied') },
    );
    expect(failed(checks).map(({ id, message }) => [id, message])).toEqual([
      ['installer-licence', expect.any(String)],
      ['installer', 'qs1.example could not be asked: access is denied'],
    ]);
    expect(statuses(checks)).toContain('installer-media ok');
  });

  it('where nothing can be asked leaves warnings, and no look is planned', async () => {
    const { checks, plan, outputs } = await look(UPGRADE, { media: 'not-asked', windows: 'not-asked' });
    expect(statuses(checks)).toEqual(['installer-media warning', 'installer-installed warning']);
    expect(checks.every(({ hint }) => hint !== undefined)).toBe(true);
    expect([plan.operations, outputs['release']]).toEqual([[], null]);
  });
});
