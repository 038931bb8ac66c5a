import { describe, expect, it } from 'vitest';
import { judgeMedia } from '../../../src/installers/media.ts';

const HASH = 'ab'.repeat(32);
const SETUP = {
  product: 'Qlik Sense May 2025',
  version: '14.231.4',
  signer: 'CN=QlikTech International AB',
  sha256: HASH,
  bytes: 100,
};
const WANTED = { program: 'Qlik_Sense_setup.exe', release: 'May 2025', sha256: HASH };

describe('media', () => {
  it('of the wanted release, signed and with the wanted hash, has no problem', () => {
    expect(judgeMedia(SETUP, { ...WANTED, sha256: HASH.toUpperCase() })).toEqual({
      problems: [],
      notes: ['it is "Qlik Sense May 2025", version 14.231.4'],
    });
  });

  it.each([
    ['another release', { product: 'Qlik Sense November 2024' }, WANTED, 'not May 2025'],
    [
      'a release that only begins alike',
      { product: 'Qlik Sense 3.1 SR2' },
      { ...WANTED, release: '3.1' },
      'not 3.1',
    ],
    ['a longer version', { product: 'Qlik Sense 3.1.2' }, { ...WANTED, release: '3.1' }, 'not 3.1'],
    [
      'a patch instead of setup',
      { product: 'Qlik Sense May 2025 Patch 3' },
      WANTED,
      'a patch, where the setup',
    ],
    [
      'the PostgreSQL installer instead of setup',
      { product: 'Qlik PostgreSQL' },
      WANTED,
      'PostgreSQL installer, where',
    ],
    [
      'setup instead of a patch',
      {},
      { ...WANTED, program: 'Qlik_Sense_update.exe' },
      'a setup, where the patch',
    ],
    [
      'another patch',
      { product: 'Qlik Sense May 2025 Patch 13' },
      { ...WANTED, program: 'Qlik_Sense_update.exe', patch: 3 },
      'not Patch 3',
    ],
    ['a stranger', { product: 'WinZip' }, WANTED, 'no product of Qlik'],
    ['a foreign signer', { signer: 'CN=Somebody' }, WANTED, 'signed by "CN=Somebody"'],
    ['another hash', { sha256: 'cd'.repeat(32) }, WANTED, 'damaged, or another file'],
    ['a hash that is none', {}, { ...WANTED, sha256: 'abc' }, '64 digits'],
    ['an empty file', { bytes: 0 }, WANTED, 'is empty'],
  ])('is refused: %s', (_, found, wanted, problem) => {
    const { problems } = judgeMedia({ ...SETUP, ...found }, wanted);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('of a patch is told apart by its number', () => {
    const found = { ...SETUP, product: 'Qlik Sense May 2025 Patch 3' };
    const wanted = { ...WANTED, program: 'Qlik_Sense_update.exe' };
    expect(judgeMedia(found, { ...wanted, patch: 3 }).problems).toEqual([]);
    expect(judgeMedia(found, { ...wanted, release: 'May 2024', patch: 3 }).problems).toHaveLength(1);
  });

  it('of the Qlik PostgreSQL Installer is of no release', () => {
    const found = { ...SETUP, product: 'Qlik PostgreSQL Installer' };
    const wanted = { ...WANTED, program: 'Qlik_PostgreSQL_setup.exe' };
    expect(judgeMedia(found, wanted).problems).toEqual([]);
  });

  it('without a product is known by its hash alone, and refused without one', () => {
    const unnamed = { sha256: HASH, bytes: 100 };
    expect(judgeMedia(unnamed, WANTED).problems).toEqual([]);
    const { problems, notes } = judgeMedia(unnamed, { ...WANTED, sha256: '' });
    expect(problems).toEqual([expect.stringContaining('no SHA-256 to compare')]);
    expect(notes).toEqual([expect.stringContaining(HASH)]);
  });

  it('without a signature is noted', () => {
    const { product, version, sha256, bytes } = SETUP;
    const { problems, notes } = judgeMedia({ product, version, sha256, bytes }, WANTED);
    expect(problems).toEqual([]);
    expect(notes).toContain('no valid signature could be read');
  });
});
