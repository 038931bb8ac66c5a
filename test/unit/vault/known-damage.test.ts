import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isKnownDamage, MAX_KNOWN, noteDamage, readKnownDamage } from '../../../src/vault/known-damage.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

it('remembers damaged files and no others, each once', async () => {
  const folder = temporaryFolder();
  expect(isKnownDamage(await readKnownDamage(folder), 'share/a')).toBe(false);
  await noteDamage(folder, ['share/a', 'share/line\nfeed']);
  const once = readFileSync(join(folder, 'damaged.jsonl'), 'utf8');
  await noteDamage(folder, ['share/a']);
  expect(readFileSync(join(folder, 'damaged.jsonl'), 'utf8')).toBe(once);
  await noteDamage(folder, ['share/b']);
  const known = await readKnownDamage(folder);
  const asked = ['share/a', 'share/line\nfeed', 'share/b', 'share/c'];
  expect(asked.map((path) => isKnownDamage(known, path))).toEqual([true, true, true, false]);
});

it('takes every file for damaged when there are too many to name', async () => {
  const folder = temporaryFolder();
  const paths = Array.from({ length: MAX_KNOWN + 1 }, (_, index) => `share/${index}`);
  await noteDamage(folder, paths);
  expect(readFileSync(join(folder, 'damaged.jsonl'), 'utf8').length).toBeLessThan(100);
  expect(isKnownDamage(await readKnownDamage(folder), 'share/never named')).toBe(true);
});

it('takes every file for damaged when a line cannot be read, and goes on writing behind it', async () => {
  const folder = temporaryFolder();
  appendFileSync(join(folder, 'damaged.jsonl'), '{"path":"sha');
  const known = await readKnownDamage(folder);
  expect(isKnownDamage(known, 'share/a')).toBe(true);
});
