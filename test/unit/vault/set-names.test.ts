import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newSetId, normaliseInSet, realPath, timeOfSetId } from '../../../src/vault/set-names.ts';

describe('set ids', () => {
  it('begin with the time in UTC and end with six letters or digits', () => {
    const id = newSetId(new Date('2026-11-23T02:00:00.500Z'));
    expect(id).toMatch(/^20261123T020000Z-[a-z0-9]{6}$/);
    expect(timeOfSetId(id)).toEqual(new Date('2026-11-23T02:00:00Z'));
  });

  it('are not mistaken for other names', () => {
    for (const name of ['vault.lock', '.deleting-20261123T020000Z-abcdef', '20261123T020000Z-ABCDEF', '../x'])
      expect(timeOfSetId(name)).toBeUndefined();
  });
});

describe('paths in a set', () => {
  it('are kept as they are, tidied', () => {
    expect(normaliseInSet('databases//./QSR_backup.tar')).toBe('databases/QSR_backup.tar');
    expect(realPath('/vault/set', 'a/b')).toBe(join('/vault/set', 'a', 'b'));
  });

  it.each(['../outside', 'a/../../b', '/etc/passwd', 'C:/Windows', '', '.', 'a\0b'])(
    'refuse to leave it: %j',
    (path) => {
      expect(() => normaliseInSet(path)).toThrow(/not a path inside/);
    },
  );

  it.each(['manifest.json', '.open.json', 'share.files.jsonl', '.partial-x', 'share.files.jsonl.unfinished'])(
    'refuse what the vault writes itself: %s',
    (path) => {
      expect(() => normaliseInSet(path)).toThrow(/keeps for itself/);
    },
  );
});
