import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { ProgramInfo } from '../../../src/contract/node.ts';
import { PATCH, QPI, refusals, SETUP, UNPATCH, UPDATE, UPGRADE } from './check-installer-lab.ts';

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

  it('must be February 2022 or newer for another PostgreSQL', async () => {
    const input = { ...UPGRADE, mode: 'postgres-upgrade', to: '' };
    const look = (release: string) => refusals(input, { media: QPI, windows: { release } });
    expect(await look('February 2022')).toEqual([]);
    expect(await look('November 2021')).toEqual([
      'installer-installed: qs1.example: the Qlik PostgreSQL Installer works from February 2022 on, and November 2021 is installed.',
    ]);
  });
});
