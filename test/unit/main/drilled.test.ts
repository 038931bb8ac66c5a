import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newestDrill } from '../../../src/main/drilled.ts';
import { appendHistory, type SetEvent } from '../../../src/vault/history.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

type Look = Partial<Omit<SetEvent, 'set'>>;

/** A place of sets, oldest first, each with what looks at it said. */
async function place(sets: Readonly<Record<string, readonly Look[]>>) {
  const root = temporaryFolder();
  for (const [set, looks] of Object.entries(sets)) {
    await mkdir(join(root, set));
    for (const look of looks)
      await appendHistory(join(root, set), {
        schemaVersion: 1,
        kind: 'drill',
        verdict: 'passed',
        at: '2026-11-23T03:00:00.000Z',
        durationMs: 9000,
        manifestSha256: 'a',
        differences: [],
        host: 'qs1',
        tool: 'sense-runbook 0.1.0',
        ...look,
      });
  }
  const all = Object.keys(sets).map((set) => ({ set, folder: join(root, set) }));
  return { root, histories: () => Promise.resolve(all) };
}

describe('the newest drill', () => {
  it('is that of the set itself, even when a newer set was drilled', async () => {
    const vault = await place({ s1: [{ restoreMs: 100 }], s2: [{ restoreMs: 200 }], s3: [] });
    expect(await newestDrill([vault], 's1')).toEqual({ set: 's1', restoreMs: 100 });
  });

  it('is that of the newest drilled set when the set itself has none', async () => {
    const vault = await place({ s1: [{ restoreMs: 100 }], s2: [{ restoreMs: 200 }], s3: [] });
    expect(await newestDrill([vault], 's3')).toEqual({ set: 's2', restoreMs: 200 });
    expect(await newestDrill([vault], undefined)).toEqual({ set: 's2', restoreMs: 200 });
  });

  it('is the last of several, wherever the set lay', async () => {
    const vault = await place({ s1: [{ restoreMs: 100, at: '2026-11-23T03:00:00.000Z' }] });
    const copy = await place({
      s1: [
        { restoreMs: 300, at: '2026-11-25T03:00:00.000Z' },
        { restoreMs: 200, at: '2026-11-24T03:00:00.000Z' },
      ],
    });
    expect(await newestDrill([vault, copy], 's1')).toEqual({ set: 's1', restoreMs: 300 });
  });

  it('is none that failed, and no verify', async () => {
    const vault = await place({
      s1: [{ restoreMs: 100 }],
      s2: [{ restoreMs: 5, verdict: 'failed' }, { kind: 'verify' }, {}],
    });
    expect(await newestDrill([vault], 's2')).toEqual({ set: 's1', restoreMs: 100 });
  });

  it('is missing when nothing was drilled or nothing can be read, and that is no failure', async () => {
    expect(await newestDrill([await place({ s1: [] })], 's1')).toBeUndefined();
    const gone = { histories: () => Promise.reject(new Error('the vault is away')) };
    expect(await newestDrill([gone], 's1')).toBeUndefined();
    const vault = await place({});
    await writeFile(join(vault.root, 's1'), 'no folder');
    const odd = { histories: () => Promise.resolve([{ set: 's1', folder: join(vault.root, 's1') }]) };
    expect(await newestDrill([odd], 's1')).toBeUndefined();
  });
});
