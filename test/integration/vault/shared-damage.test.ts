import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { readHistory } from '../../../src/vault/history.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { recordVerification } from '../../../src/vault/verify-event.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { backUp, labVault, never, type Made } from './vault-lab.ts';

let folder: string;
let vault: Vault;
let made: Made[];

const night = (number: number): Date => new Date(Date.UTC(2026, 10, 20 + number, 2));
const backUpNight = (number: number): Promise<Made> => backUp(folder, vault, `run-${number}`, night(number));
const inode = (set: { path: string }, path: string): number => statSync(join(set.path, path)).ino;

/** Spoils a file without a trace in its size and time. */
function flip(set: Made, path: string): void {
  const file = join(set.path, path);
  const content = readFileSync(file);
  content[0] = (content[0] ?? 0) ^ 1;
  writeFileSync(file, content);
}

beforeEach(async () => {
  folder = temporaryFolder();
  vault = await labVault(folder);
  made = [await backUpNight(1), await backUpNight(2)];
});

it('damage of a shared file is told with every other set that has it, and is never linked again', async () => {
  const [first, second] = made as [Made, Made];
  flip(first, 'share/Apps/a');
  flip(first, 'databases/QSR_backup.tar');
  rmSync(join(first.path, 'share/Apps/b'));
  const verification = await vault.verify(first.id, { signal: never });
  expect(verification.damage.map(({ kind, path, sharedWith }) => [kind, path, sharedWith])).toEqual([
    ['changed', 'databases/QSR_backup.tar', undefined],
    ['missing', 'share/Apps/b', undefined],
    ['changed', 'share/Apps/a', [second.id]],
  ]);
  const third = await backUpNight(3);
  expect(inode(third, 'share/Apps/a')).not.toBe(inode(second, 'share/Apps/a'));
  expect(inode(third, 'share/Apps/b')).toBe(inode(second, 'share/Apps/b'));
  expect(await vault.verify(third.id, { signal: never })).toMatchObject({ ok: true });
  expect((await vault.verify(second.id, { signal: never })).damage).toMatchObject([
    { path: 'share/Apps/a', sharedWith: [first.id] },
  ]);
});

it('a verdict is written into the history of the set, and neither it nor known damage counts as part of it', async () => {
  const [first] = made as [Made, Made];
  flip(first, 'share/Apps/a');
  const by = { host: 'central', tool: 'sense-runbook 0', at: night(4) };
  const bad = await vault.verify(first.id, { signal: never });
  expect(await recordVerification(vault, bad, by)).toEqual([]);
  flip(first, 'share/Apps/a');
  expect(existsSync(join(first.path, 'damaged.jsonl'))).toBe(true);
  const good = await vault.verify(first.id, { signal: never });
  expect(good).toMatchObject({ ok: true, damage: [] });
  await recordVerification(vault, good, by);
  expect(await readHistory(first.path)).toMatchObject([
    { verdict: 'failed', differences: [expect.stringMatching(/^share\/Apps\/a has another content/)] },
    {
      kind: 'verify',
      verdict: 'passed',
      manifestSha256: first.manifest.manifestSha256,
      at: by.at.toISOString(),
    },
  ]);
});

it('what cannot be written down of damage is a warning, and the verdict stands', async () => {
  const [first, second] = made as [Made, Made];
  flip(first, 'share/Apps/a');
  // A folder in the place of the file: a way to fail that works for every account.
  for (const name of ['damaged.jsonl', 'history.jsonl']) mkdirSync(join(second.path, name));
  const verification = await vault.verify(first.id, { signal: never });
  expect(verification).toMatchObject({
    ok: false,
    damage: [{ sharedWith: [second.id] }],
    warnings: [expect.stringContaining(second.path)],
  });
  const ofSecond = { ...verification, set: second.id };
  expect(await recordVerification(vault, ofSecond, { host: 'h', tool: 't', at: night(4) })).toEqual([
    expect.stringContaining(second.path),
  ]);
});
