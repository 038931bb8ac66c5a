import { describe, expect, it } from 'vitest';
import { formatManifest, parseManifest } from '../../../src/vault/manifest.ts';

const id = '20261123T020000Z-abcdef';
const facts = {
  schemaVersion: 1,
  id,
  sequence: 3,
  createdAt: '2026-11-23T02:00:00.000Z',
  run: 'r1',
  files: [{ path: 'RESTORE.md', size: 1, sha256: 'aa' }],
  trees: [{ folder: 'share', listing: 'share.files.jsonl', files: 1, bytes: 1, listingSha256: 'bb' }],
  bytes: 2,
  bytesNew: 2,
  note: 'Übergröße',
};

describe('a manifest', () => {
  it('is read back and knows that nobody changed it', () => {
    const parsed = parseManifest(formatManifest(facts), id);
    expect(parsed).toMatchObject({ intact: true, manifest: facts });
  });

  it('tells a change of any field', () => {
    for (const [from, to] of [
      ['"r1"', '"r2"'],
      ['"sequence": 3', '"sequence": 4'],
      ['Übergröße', 'Ubergroße'],
      ['"aa"', '"ab"'],
    ] as const)
      expect(parseManifest(formatManifest(facts).replace(from, to), id)).toMatchObject({ intact: false });
  });

  it('tells any bit of it that flipped', () => {
    const text = Buffer.from(formatManifest(facts));
    const unseen: string[] = [];
    for (let index = 0; index < text.length; index += 1)
      for (let bit = 1; bit < 256; bit *= 2) {
        const flipped = Buffer.from(text);
        flipped[index] = (flipped[index] ?? 0) ^ bit;
        const parsed = parseManifest(flipped.toString('utf8'), id);
        if ('manifest' in parsed && parsed.intact) unseen.push(`bit ${String(bit)} of byte ${String(index)}`);
      }
    expect(unseen).toEqual([]);
  });

  it.each([
    ['no JSON', '{'],
    ['no JSON object', '[]'],
    ['schemaVersion is 2', formatManifest({ ...facts, schemaVersion: 2 })],
    ['belongs to set', formatManifest({ ...facts, id: 'other' })],
    ['sequence', formatManifest({ ...facts, sequence: 'x' })],
    ['createdAt', formatManifest({ ...facts, createdAt: 'yesterday' })],
    ['list of files', formatManifest({ ...facts, files: [{ path: 1 }] })],
    ['list of trees', formatManifest({ ...facts, trees: {} })],
  ])('is refused when it has %s', (problem, text) => {
    expect(parseManifest(text, id)).toEqual({ problem: expect.stringContaining(problem) as string });
  });
});
