import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCheckDrill } from '../../../src/actions/check-drill.ts';
import { createDrillFetch } from '../../../src/actions/drill-fetch.ts';
import { setPlace } from '../../../src/actions/set-place.ts';
import { createDrillRemoveFetched } from '../../../src/actions/drill-remove-fetched.ts';
import { createDrillVerifyFiles } from '../../../src/actions/drill-verify-files.ts';
import { noOffsite } from '../../../src/actions/offsite.ts';
import { createRestoreFetch } from '../../../src/actions/restore-fetch.ts';
import { createRestoreRemoveFetched } from '../../../src/actions/restore-remove-fetched.ts';
import { createRestoreShare } from '../../../src/actions/restore-share.ts';
import { createVaultCopyOffsite } from '../../../src/actions/vault-copy-offsite.ts';
import type { ExecuteContext } from '../../../src/contract/action.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { createExec } from '../../../src/platform/process/exec.ts';
import { readHistory } from '../../../src/vault/history.ts';
import { labSource, NO_RESTIC } from '../../helpers/restic.ts';
import { fakeDatabase, fakeScratch, fakeSite } from '../../unit/actions/fakes.ts';
import { checksOf, failed, fakeNode, runAction } from '../../unit/actions/harness.ts';
import { labRestore } from '../vault/restore-lab.ts';
import { backUp, labVault, never, type Made } from '../vault/vault-lab.ts';

const exec = createExec({ redact: (text) => text });
const options = { exec: (argv: readonly string[], how: object) => exec(argv, how) };
const facts = {
  postgres: { server: '14.17', clients: '15.2' },
  databases: [
    {
      ...{ name: 'QSR', database: 'QSR', file: 'databases/QSR_backup.tar', format: 'tar', bytes: 1000 },
      ...{ owner: 'o', encoding: 'UTF8', collate: 'C', ctype: 'C' },
    },
  ],
};

/** A vault with one set that is in a copy too. */
async function lab(folder: string) {
  const vault = await labVault(folder);
  const set = await backUp(folder, vault);
  const source = await labSource(folder);
  const scratch = { ...fakeScratch(), folder: join(folder, 'scratch') };
  mkdirSync(scratch.folder);
  const c = {
    ...{ vault, scratch, clock: systemClock, site: fakeSite(), database: fakeDatabase() },
    offsite: { ...noOffsite(vault), copies: [source] },
    secrets: { read: async () => 'word' },
    freeBytes: async () => 1e12,
  };
  await runAction(createVaultCopyOffsite(c), { set: set.id }, options);
  await vault.unlock('RUN');
  return { c, set, source, fetched: join(scratch.folder, 'sense-runbook-fetched-RUN') };
}

let made: Awaited<ReturnType<typeof lab>>;

/** One for all tests of this file: restic takes a second for each command. */
const folder = mkdtempSync(join(tmpdir(), 'sense-runbook-test-'));

beforeAll(async () => {
  if (NO_RESTIC === undefined) made = await lab(folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const inCopy = ({ id }: Made) => ({ set: id, copy: 'offsite' });
const context = { run: { id: 'RUN', step: 'fetch', attempt: 1 } };

describe.skipIf(NO_RESTIC !== undefined)('a set that is drilled from a copy', () => {
  it('is fetched as the plan says, looked at there, and removed', async () => {
    const { c, set, fetched } = made;
    const { plan, left } = await runAction(createDrillFetch(c), inCopy(set), options);
    expect(left).toEqual([]);
    expect(plan.notes).toEqual([
      `All of ${set.id} is fetched from copy offsite (${c.offsite.copies[0]?.target.repository ?? ''}) into ${fetched}, and removed in the end.`,
    ]);
    const { outputs } = await runAction(createDrillVerifyFiles(c), inCopy(set), options);
    expect(outputs).toMatchObject({ found: { differences: [] } });
    writeFileSync(join(fetched, set.id, 'share', 'new'), 'not of the set');
    const spoilt = await runAction(createDrillVerifyFiles(c), inCopy(set), options);
    expect(spoilt.outputs).toMatchObject({ found: { differences: [expect.stringContaining('share/new')] } });
    await runAction(createDrillRemoveFetched(c), {}, options);
    expect(readdirSync(c.scratch.folder)).toEqual([]);
  });

  it('is fetched over what a killed attempt left, which recover removes as well', async () => {
    const { c, set, fetched } = made;
    mkdirSync(join(fetched, 'half'), { recursive: true });
    const fetch = createDrillFetch(c);
    await runAction(fetch, inCopy(set), options);
    expect(readdirSync(fetched).sort()).toEqual([set.id, 'owner.json']);
    const node = fakeNode();
    const read = { ...context, node, nodes: [node], signal: never, reversed: [] };
    expect(await fetch.cleanUp?.(inCopy(set), null, read)).toEqual([
      `removed the fetched backup set in ${fetched}`,
    ]);
    expect(existsSync(fetched)).toBe(false);
    expect(await fetch.cleanUp?.(inCopy(set), null, read)).toEqual([]);
  });

  it('stays while it is restored, until that is undone or the last step removes it', async () => {
    const { c, set, fetched } = made;
    const fetch = createRestoreFetch(c);
    const { plan } = await runAction(fetch, inCopy(set), options);
    expect(plan.operations).toHaveLength(4);
    const into = join(folder, 'restored');
    const restore = { ...c, restoreTrees: await labRestore() };
    restore.site = fakeSite({ share: { root: into, exclude: [] } });
    await runAction(createRestoreShare(restore), inCopy(set), options);
    expect(readdirSync(into).sort()).toEqual(['.sense-runbook-before-RUN', 'Apps', 'Static', 'empty']);
    const node = fakeNode();
    const read = { ...context, node, nodes: [node], signal: never, reversed: [] };
    const undo = await fetch.describeUndo?.(inCopy(set), null, undefined, read);
    expect(undo?.operations).toMatchObject([{ verb: 'remove', path: fetched, repeat: true }]);
    const doing = {
      ...read,
      perform: (_operation: unknown, work: (signal: AbortSignal) => unknown) => work(never),
    };
    for (let time = 0; time < 2; time += 1)
      await fetch.undo?.(inCopy(set), null, undefined, doing as unknown as ExecuteContext);
    expect(existsSync(fetched)).toBe(false);
    mkdirSync(join(fetched, set.id), { recursive: true });
    const { outputs } = await runAction(createRestoreRemoveFetched(c), {}, options);
    expect(outputs).toEqual({ removed: true });
    expect(existsSync(fetched)).toBe(false);
  });

  it('leaves nothing where the copy has no such set', async () => {
    const { c } = made;
    const absent = { set: '20200101T000000Z-abc123', copy: 'offsite' };
    await expect(runAction(createDrillFetch(c), absent, options)).rejects.toThrow(
      'That backup set is not in copy offsite',
    );
    expect(readdirSync(c.scratch.folder)).toEqual([]);
  });

  it('has its history with the copy, which says nothing of the set in the vault', async () => {
    const { c, set, source } = made;
    const look = {
      schemaVersion: 1,
      kind: 'drill',
      verdict: 'passed',
      durationMs: 1,
      differences: [],
    } as const;
    await setPlace(c, 'offsite', context).remember(set.id, {
      ...look,
      ...{ at: '2026-11-24T00:00:00.000Z', manifestSha256: set.manifest.manifestSha256 },
      ...{ copy: 'offsite', host: 'central', tool: 't' },
    });
    expect(await source.list()).toMatchObject([{ id: set.id, provenAt: '2026-11-24T00:00:00.000Z' }]);
    expect((await c.vault.list())[0]).not.toHaveProperty('provenAt');
    expect(await readHistory(source.historyFolder(set.id))).toMatchObject([{ copy: 'offsite' }]);
  });
});

describe.skipIf(NO_RESTIC !== undefined)('check.drill of a copy', () => {
  it('counts the room for the set, and names a copy that the site file has not', async () => {
    const { c, set } = made;
    const manifest = { ...set.manifest, ...facts, bytes: 5e9 };
    const source = c.offsite.copies[0];
    if (source === undefined) throw new Error('the lab has a copy');
    const copies = [{ ...source, read: async () => manifest }];
    const small = { ...c, offsite: { ...c.offsite, copies }, freeBytes: async () => 2e9 };
    const { checks, outputs } = await checksOf(createCheckDrill(small), {}, { copy: 'offsite' });
    expect(outputs).toMatchObject({ set: set.id, major: 14 });
    expect(failed(checks)).toMatchObject([
      { id: 'drill-space', message: expect.stringMatching(/5\.4 GB needed for the fetched set/) as string },
    ]);
    const described = createCheckDrill(c).describe(
      { set: 'latest', copy: 'elsewhere' },
      { ...context, node: fakeNode(), nodes: [], signal: never, reversed: [] },
    );
    await expect(described).rejects.toThrow('the site file names no copy elsewhere');
  });
});
