import { describe, expect, it } from 'vitest';
import { compactUtc, parseCompactUtc } from '../../../src/foundation/compact-utc.ts';

describe('compactUtc', () => {
  it('is UTC, without anything a file name could not have', () => {
    expect(compactUtc(new Date('2026-11-23T03:00:00.999+01:00'))).toBe('20261123T020000Z');
  });

  it('is read back, and nothing else is', () => {
    expect(parseCompactUtc('20261123T020000Z')).toEqual(new Date('2026-11-23T02:00:00Z'));
    for (const text of [
      '20261323T020000Z',
      '20260230T020000Z',
      '2026-11-23T02:00:00Z',
      '20261123T020000Z ',
      '',
    ])
      expect(parseCompactUtc(text)).toBeUndefined();
  });
});
