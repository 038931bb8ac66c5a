import { describe, expect, it } from 'vitest';
import { createCheckInstaller } from '../../../src/actions/check-installer.ts';
import { ExpectedError } from '../../../src/contract/errors.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { ProgramInfo } from '../../../src/contract/node.ts';
import { checksOf, failed, fakeNode, statuses, type FakeNode } from './harness.ts';
import { windowsAnswer } from './windows-answer.ts';

const HASH = 'a'.repeat(64);
const SIGNED = { signer: 'CN=QlikTech International AB', sha256: HASH, bytes: 1000 };
const SETUP: ProgramInfo = { product: 'Qlik Sense May 2025', version: '14.231.4', ...SIGNED };
const UPDATE: ProgramInfo = { product: 'Qlik Sense May 2025 Patch 3', version: '14.231.7', ...SIGNED };
const QPI: ProgramInfo = { ...SETUP, product: 'Qlik PostgreSQL Installer' };
const UPGRADE = { mode: 'upgrade', file: 'C:\\media\\Qlik_Sense_setup.exe', to: 'May 2025' };
const PATCH = { mode: 'patch', file: 'C:\\media\\Qlik_Sense_update.exe', to: 'May 2025 Patch 3' };
const UNPATCH = { ...PATCH, mode: 'uninstall-patch', to: 'May 2025' };

interface Lab {
  readonly media?: ProgramInfo | 'absent' | 'not-asked';
  readonly windows?: Parameters<typeof windowsAnswer>[0] | 'not-asked' | Error;
}

/** A node with this installer in its place and this installed, and what was looked for. */
function lab({ media = SETUP, windows = { release: 'February 2024' } }: Lab) {
  const asked: string[] = [];
  const node: FakeNode = Object.assign(
    fakeNode(),
    media !== 'not-asked' && {
      programInfo: (file: string) => {
        asked.push(file);
        return Promise.resolve(media === 'absent' ? undefined : media);
      },
    },
    windows !== 'not-asked' && {
      discover: () =>
        windows instanceof Error ? Promise.reject(windows) : Promise.resolve(windowsAnswer(windows)),
    },
  );
  return { node, asked };
}

async function look(input: JsonObject, given: Lab = {}) {
  const { node, asked } = lab(given);
  return { ...(await checksOf(createCheckInstaller(), { node }, input)), asked };
}

/** `id: message` of what failed. */
async function refusals(input: JsonObject, given: Lab = {}): Promise<string[]> {
  return failed((await look(input, given)).checks).map(({ id, message }) => `${id}: ${message}`);
}

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

describe('the file of an installer', () => {
  it('must be there, at the path that was given', async () => {
    expect(await refusals(UPGRADE, { media: 'absent' })).toEqual([
      `installer-media: There is no file ${UPGRADE.file} on qs1.example.`,
    ]);
  });

  it.each<[what: string, input: JsonObject, media: ProgramInfo, part: string]>([
    ['of another release', UPGRADE, { ...SETUP, product: 'Qlik Sense May 2024' }, 'not May 2025'],
    ['of another kind', UPGRADE, UPDATE, 'a patch, where the setup is wanted'],
    ['of another patch', { ...PATCH, to: 'May 2025 Patch 4' }, UPDATE, 'not Patch 4'],
    ['with another hash', { ...UPGRADE, sha256: 'b'.repeat(64) }, SETUP, 'its SHA-256 is aaaa'],
    ['signed by somebody else', UPGRADE, { ...SETUP, signer: 'CN=Mallory' }, 'not by Qlik'],
    ['that is empty', UPGRADE, { ...SETUP, bytes: 0 }, 'the file is empty'],
    ['that says nothing of itself', UPGRADE, { sha256: HASH, bytes: 9 }, 'what it is cannot be told'],
  ])('%s is refused', async (_what, input, media, part) => {
    const windows = { release: input['mode'] === 'patch' ? 'May 2025' : 'February 2024' };
    const found = await refusals(input, { media, windows });
    expect(found).toEqual([expect.stringContaining(part)]);
    expect(found[0]).toMatch(/^installer-media: qs1\.example: /);
  });

  it('that says nothing of itself is taken by its hash, in any spelling', async () => {
    const media = { sha256: HASH, bytes: 9 };
    expect(await refusals({ ...UPGRADE, sha256: HASH.toUpperCase() }, { media })).toEqual([]);
  });

  it('that takes a patch off must be of the very patch that is installed', async () => {
    expect(await refusals(UNPATCH, { media: UPDATE, windows: { release: 'May 2025 Patch 3' } })).toEqual([]);
    const other = { media: UPDATE, windows: { release: 'May 2025 Patch 5' } };
    expect(await refusals(UNPATCH, other)).toEqual([
      'installer-media: qs1.example: May 2025 Patch 5 is installed, and the program is of "Qlik Sense May 2025 Patch 3".',
    ]);
    const { checks } = await look(UNPATCH, other);
    expect(failed(checks)[0]?.hint).toContain('Qlik_Sense_update.exe of May 2025 Patch 5');
    // Nothing is left to take off.
    expect(await refusals(UNPATCH, { media: UPDATE, windows: { release: 'May 2025' } })).toEqual([]);
  });
});

describe('what is installed', () => {
  it.each<[what: string, input: JsonObject, release: string | undefined, part: string]>([
    [
      'is not what was planned from',
      { ...UPGRADE, from: 'May 2023' },
      'February 2024',
      'May 2023 was expected',
    ],
    [
      'has a patch that was not planned',
      { ...UPGRADE, from: 'May 2024' },
      'May 2024 Patch 1',
      'was expected',
    ],
    ['is newer', UPGRADE, 'November 2025', 'which is newer than May 2025'],
    ['is newer by a patch', UPGRADE, 'May 2025 Patch 3', 'which is newer than May 2025'],
    ['has a later patch', PATCH, 'May 2025 Patch 10', 'which is newer than May 2025 Patch 3'],
    ['is of another release than the patch', PATCH, 'February 2024', 'belongs to another release'],
    ['is of another release than what is left', UNPATCH, 'May 2024 Patch 3', 'belongs to another release'],
    ['is not known', UPGRADE, undefined, 'no release, or more than one'],
    ['is there where there must be none', { ...UPGRADE, mode: 'install' }, 'May 2024', 'installed already'],
    [
      'is there where it must have been uninstalled',
      { ...UPGRADE, mode: 'install-from-dump' },
      'May 2024',
      'only given to setup where Qlik Sense was uninstalled',
    ],
  ])('%s: refused', async (_what, input, release, part) => {
    const media = input['file'] === PATCH.file ? UPDATE : SETUP;
    const found = await refusals(input, { media, windows: release === undefined ? {} : { release } });
    expect(found).toEqual([expect.stringMatching(/^installer-installed: qs1\.example: /)]);
    expect(found[0]).toContain(part);
  });

  it.each<[what: string, input: JsonObject, release: string | undefined]>([
    ['an older release with patches is upgraded', UPGRADE, 'February 2024 Patch 9'],
    ['patches are cumulative: an older one makes way', PATCH, 'May 2025 Patch 2'],
    ['a patch goes on its release', PATCH, 'May 2025'],
    ['nothing is there where something is to be installed', { ...UPGRADE, mode: 'install' }, undefined],
    ['nothing is there where a dump is given', { ...UPGRADE, mode: 'install-from-dump' }, undefined],
  ])('%s', async (_what, input, release) => {
    const media = input['mode'] === 'patch' ? UPDATE : SETUP;
    const windows = release === undefined ? {} : { release };
    expect(await refusals(input, { media, windows })).toEqual([]);
  });

  it.each<[what: string, mode: string, media: ProgramInfo, part: string]>([
    ['is not repaired', 'repair', SETUP, 'manual 3.8, p. 174'],
    ['gets no new PostgreSQL', 'postgres-upgrade', QPI, 'manual 2.6, p. 145'],
  ])('%s while there is a patch on it', async (_what, mode, media, part) => {
    const input = { ...UPGRADE, mode, to: '' };
    expect(await refusals(input, { media, windows: { release: 'May 2025' } })).toEqual([]);
    const found = await refusals(input, { media, windows: { release: 'May 2025 Patch 3' } });
    expect(found).toEqual([expect.stringMatching(/^installer-installed: .*May 2025 Patch 3 is installed: /)]);
    expect(found[0]).toContain(part);
  });
});

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
