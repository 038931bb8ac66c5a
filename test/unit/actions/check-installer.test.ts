import { describe, expect, it } from 'vitest';
import { HASH, look, refusals, UPGRADE } from './check-installer-lab.ts';
import { failed } from './harness.ts';

describe('check.installer', () => {
  it('lets an upgrade begin, and tells of the node what was seen of file and release', async () => {
    const { checks, outputs, left, plan, asked } = await look(UPGRADE);
    expect(failed(checks)).toEqual([]);
    expect(checks.every(({ node }) => node === 'central')).toBe(true);
    const said = checks.map(({ message }) => message).join('\n');
    for (const word of ['Qlik Sense May 2025', '14.231.4', HASH, 'qs1.example has February 2024.'])
      expect(said).toContain(word);
    expect(outputs).toMatchObject({ release: 'February 2024' });
    expect(plan.observed).toEqual({ release: 'February 2024' });
    expect(plan.operations.every(({ effect }) => effect === 'read')).toBe(true);
    expect([left, new Set(asked)]).toEqual([[], new Set([UPGRADE.file])]);
  });

  it('leaves a node alone that is through already', async () => {
    const { checks } = await look(
      { ...UPGRADE, from: 'February 2024' },
      { windows: { release: 'May 2025' } },
    );
    expect(failed(checks)).toEqual([]);
    expect(checks.at(-1)?.message).toBe('qs1.example has May 2025 already: it is left as it is.');
  });

  it('refuses an unaccepted licence, and names the program', async () => {
    expect(await refusals({ ...UPGRADE, accepted: false })).toEqual([
      'installer-licence: Qlik_Sense_setup.exe runs only for who has accepted the licence of Qlik.',
    ]);
  });
});

describe('what a runbook needs for a silent installation', () => {
  const INSTALL = { ...UPGRADE, mode: 'install' };

  it('is asked for before anything is done, all of it at once', async () => {
    const needed = { release: 'May 2025', user: '', userSecret: '' };
    const { checks } = await look({ ...INSTALL, needed }, { windows: {} });
    expect(failed(checks)).toMatchObject([
      {
        message: 'Setup is to be run silently, and this was not given: user, userSecret.',
        hint: 'Give it: --set user=VALUE --set userSecret=VALUE',
      },
    ]);
    expect(await refusals({ ...INSTALL, needed: { user: 'acme' } }, { windows: {} })).toEqual([]);
  });
});
