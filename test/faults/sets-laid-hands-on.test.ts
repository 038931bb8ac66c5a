import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab, type Lab } from '../helpers/lab.ts';
import { writeOldSet } from '../helpers/old-sets.ts';
import { backUp, completeSets, expectRefused, heldByAnotherHost } from '../helpers/expect-tool.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

let lab: Lab;

beforeAll(async () => {
  if (NO_SAMPLE) lab = await openLab();
});

afterAll(async () => {
  if (NO_SAMPLE) await lab.close();
});

describe.runIf(NO_SAMPLE)('sets that someone laid hands on', () => {
  it('are missed, found damaged or named as too new, and every next backup is whole', async () => {
    const site = lab.site({ small: true });
    const root = join(site.vault, 'demo');
    const first = writeOldSet(root, 9).id;
    rmSync(join(root, first), { recursive: true });
    await expectRefused(site, ['backups', 'verify', first], { code: 2, says: [first], hint: /backup/ });
    await expectRefused(site, ['backups', 'show'], {
      code: 2,
      says: [/no complete backup set/],
      hint: /backup/,
    });
    expect((await site.run(['status'])).code).toBe(5);

    const second = await backUp(site);
    await heldByAnotherHost(site, async (busy) => {
      await busy(['backup', '--yes']);
      await busy(['backups', 'drill']);
    });
    rmSync(join(second.path, 'databases', 'QSMQ_backup.tar'));
    rmSync(join(second.path, 'share', 'Apps'), { recursive: true });
    const damaged = await site.run(['backups', 'verify', second.id]);
    expect(damaged.code).toBe(5);
    expect(damaged.stdout).toMatch(/DAMAGED[^]*QSMQ_backup\.tar/);

    const third = await backUp(site);
    const verified = await site.run(['backups', 'verify', third.id]);
    expect(verified.code, verified.stdout).toBe(0);
    expect(completeSets(site)).toEqual([second.id, third.id]);

    // What did not change is one file with a name in both sets; what the second had lost was copied again.
    const lines = readFileSync(join(third.path, 'share.files.jsonl'), 'utf8').trimEnd().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { path: string; size: number; added?: boolean });
    const shared = entries.filter(({ path, added }) => added === undefined && !path.endsWith('/'));
    expect(shared.length).toBeGreaterThan(0);
    for (const { path, added } of entries) if (path.startsWith('Apps/')) expect(added, path).toBe(true);
    const of = (set: { path: string }, path: string): string => join(set.path, 'share', path);
    for (const { path } of shared) expect(statSync(of(third, path)).ino).toBe(statSync(of(second, path)).ino);
    const spoilt = shared.find(({ size }) => size > 0)?.path ?? '';
    writeFileSync(of(third, spoilt), readFileSync(of(third, spoilt)).reverse());
    const told = await site.run(['--json', 'backups', 'verify', third.id]);
    expect([told.code, JSON.parse(told.stdout)]).toMatchObject([
      5,
      { damage: [{ path: `share/${spoilt}`, sharedWith: [second.id] }] },
    ]);
    expect(readFileSync(join(third.path, 'history.jsonl'), 'utf8')).toMatch(/"passed"[^]*"failed"/);

    // One that is newer than the clock is no reason to stop: it is named, and nothing is deleted.
    const future = '29990101T000000Z-future';
    const moved = join(root, future);
    renameSync(third.path, moved);
    const file = join(moved, 'manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...manifest, id: future, createdAt: '2999-01-01T00:00:00.000Z' }));
    const run = await site.run(['backup', '--yes', '--strict']);
    expect(run.code, run.stdout + run.stderr).toBe(8);
    expect(run.stdout).toMatch(/warning: .*29990101T000000Z-future is newer.*hint: .*clock/s);
    expect(completeSets(site)).toHaveLength(3);
    expect(completeSets(site).at(-1)).toBe(future);
  });
});
