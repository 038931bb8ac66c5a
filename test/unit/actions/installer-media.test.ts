import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { ProgramInfo } from '../../../src/contract/node.ts';
import { HASH, look, PATCH, refusals, SETUP, UNPATCH, UPDATE, UPGRADE } from './check-installer-lab.ts';
import { failed } from './harness.ts';

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
