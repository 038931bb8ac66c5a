import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noOffsite } from '../../../src/actions/offsite.ts';
import { createRestoreExtra } from '../../../src/actions/restore-extra.ts';
import { createRestoreLogs } from '../../../src/actions/restore-logs.ts';
import { createRestoreShare } from '../../../src/actions/restore-share.ts';
import type { Action, ExecuteContext, Progress } from '../../../src/contract/action.ts';
import type { JsonObject, JsonValue } from '../../../src/contract/json.ts';
import type { Operation } from '../../../src/contract/operation.ts';
import type { Site } from '../../../src/site/schema.ts';
import type { TreeRestore } from '../../../src/vault/restore/tree-restore.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeScratch, fakeSite } from '../../unit/actions/fakes.ts';
import { contextFor, fakeNode, runAction } from '../../unit/actions/harness.ts';
import { grow, labRestore, pictureOf, type Tree } from '../vault/restore-lab.ts';
import { facts, labVault, never } from '../vault/vault-lab.ts';

let restoreTrees: TreeRestore;
let folder: string;
let vault: Vault;

beforeAll(async () => {
  restoreTrees = await labRestore();
});

beforeEach(async () => {
  folder = temporaryFolder();
  vault = await labVault(folder);
});

const at = (name: string): string => join(folder, name);

/** A site whose folders are all below `folder`. */
function site(changes: Partial<Site> = {}): Site {
  return fakeSite({
    share: { root: at('share'), exclude: ['tmp'] },
    logs: { folders: [at('Log')] },
    extra: [{ name: 'qvd', folder: at('qvd') }] as unknown as Site['extra'],
    vault: { kind: 'folder', folder: at('vault') },
    ...changes,
  });
}

function collaborators(changes: Partial<Site> = {}) {
  return {
    ...{ site: site(changes), vault, restoreTrees, scratch: fakeScratch() },
    offsite: noOffsite(vault),
  };
}

/** A complete set with these folders. */
async function makeSet(trees: Readonly<Record<string, Tree>>): Promise<string> {
  const set = await vault.begin({ run: 'run-1', now: new Date('2026-11-23T02:00:00Z') });
  for (const [to, tree] of Object.entries(trees)) {
    rmSync(at('from'), { recursive: true, force: true });
    grow(at('from'), tree);
    await set.copyTree({ from: at('from'), to, onTrouble: 'fail', signal: never });
  }
  await vault.commit(set.id, facts, { signal: never });
  await vault.unlock('run-1');
  return set.id;
}

/** What the engine does with a description that an undo or a removal gave. */
function contextOf(operations: readonly Operation[]): ExecuteContext & { readonly told: string[] } {
  const told: string[] = [];
  const refuse = (): never => {
    throw new Error('not expected here');
  };
  const isPlanned = (operation: Operation): boolean =>
    operations.some((one) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(operation)));
  return {
    ...contextFor(fakeNode()),
    ...{
      told,
      isPlanned,
      exec: refuse,
      service: refuse,
      startType: refuse,
      certificate: refuse,
      request: refuse,
      unlock: refuse,
    },
    ...{ bind: refuse, reached: refuse },
    async perform(operation, work) {
      if (!isPlanned(operation)) throw new Error(`not planned: ${JSON.stringify(operation)}`);
      return work(never);
    },
    progress: (_progress: Progress) => undefined,
    warn: (message) => void told.push(message),
  };
}

function sorted({ repeat: _repeat, ...operation }: Operation): [string, unknown][] {
  return Object.entries(operation).sort(([a], [b]) => (a < b ? -1 : 1));
}

async function undo<I, B extends JsonValue>(action: Action<I, B>, input: JsonObject, before: B) {
  const parsed = action.input.parse(input);
  const described = await action.describeUndo?.(parsed, before, undefined, contextFor(fakeNode()));
  const context = contextOf(described?.operations ?? []);
  await action.undo?.(parsed, before, undefined, context);
  return { operations: described?.operations ?? [], told: context.told };
}

const SHARE = { 'Apps/a': 'app a', 'Apps/b': 'app b', 'Static/x.js': 'x' };

describe('restore.share', () => {
  it('restores every folder of the share as planned, keeps what it replaced, and puts it back', async () => {
    const set = await makeSet({ share: SHARE, 'share-apps': { one: '1' } });
    const c = collaborators({ share: { root: at('share'), apps: at('share/own apps'), exclude: ['tmp'] } });
    grow(at('share'), { 'Apps/a': 'old', 'tmp/x': 'left', more: 'extra', 'own apps/two': '2' });
    const old = pictureOf(at('share'));
    const action = createRestoreShare(c);
    const ran = await runAction(action, { set });
    expect(ran.left).toEqual([]);
    expect(ran.plan.estimate).toEqual({ files: 4, bytes: 12 });
    expect(
      ran.plan.operations.map((one) =>
        'verb' in one ? `${one.verb} ${String('path' in one && one.path)}` : '',
      ),
    ).toEqual([
      `move ${at('share/.sense-runbook-before-RUN')}`,
      `copy ${at('share')}`,
      `move ${at('share/own apps/.sense-runbook-before-RUN')}`,
      `copy ${at('share/own apps')}`,
    ]);
    expect(ran.outputs).toMatchObject({ files: 4, filesPlaced: 4, moved: 3 });
    expect(readdirSync(at('share')).sort()).toEqual([
      '.sense-runbook-before-RUN',
      'Apps',
      'Static',
      'own apps',
      'tmp',
    ]);
    expect(readdirSync(at('share/own apps')).sort()).toEqual(['.sense-runbook-before-RUN', 'one']);
    const before = ran.before as Parameters<NonNullable<typeof action.undo>>[1];
    const input = action.input.parse({ set });
    expect(await action.check(input, before, contextFor(fakeNode()))).toBe('done');
    writeFileSync(at('share/Apps/b'), 'another');
    expect(await action.check(input, before, contextFor(fakeNode()))).toBe('partial');
    const { told } = await undo(action, { set }, before);
    expect(told).toHaveLength(1);
    rmSync(at('share/.sense-runbook-after-RUN'), { recursive: true });
    expect(pictureOf(at('share'))).toEqual(old);
    await undo(action, { set }, before);
    expect(pictureOf(at('share'))).toEqual(old);
    expect(await action.check(input, before, contextFor(fakeNode()))).toBe('not-done');
  });

  it('foresees that it cannot be put back, as long as nothing of it is put back', async () => {
    const set = await makeSet({ share: SHARE });
    grow(at('share'), { 'Apps/a': 'old', more: 'extra' });
    const action = createRestoreShare(collaborators());
    const { before, outputs } = await runAction(action, { set });
    const given = before as Parameters<NonNullable<typeof action.undo>>[1];
    const foresee = async (begun = false) => {
      const ahead = { begun, newer: [] };
      const context = contextFor(fakeNode());
      const input = action.input.parse({ set });
      const found = await action.foreseeUndo?.(input, given, outputs, context, ahead);
      return found?.map(({ message }) => message);
    };
    const kept = at('share/.sense-runbook-before-RUN');
    const gone = `What was moved aside in ${at('share')} is not there any more: ${join(kept, 'files')}.`;
    expect(outputs['changedIn']).toEqual([at('share')]);
    expect(await foresee()).toEqual([]);
    // Its files alone, then all of it; and the share itself, whose disk may be away.
    renameSync(join(kept, 'files'), at('files'));
    expect(await foresee()).toEqual([gone]);
    expect(await foresee(true)).toEqual([]);
    renameSync(at('files'), join(kept, 'files'));
    renameSync(kept, at('kept'));
    expect(await foresee()).toEqual([gone]);
    expect(await foresee(true)).toEqual([]);
    renameSync(at('kept'), kept);
    renameSync(at('share'), at('away'));
    expect(await foresee(true)).toEqual([expect.stringContaining('is not there: whether anything')]);
    renameSync(at('away'), at('share'));
    writeFileSync(join(kept, 'changes.jsonl'), 'torn\n');
    expect(await foresee()).toEqual([expect.stringContaining('cannot be read')]);
  });

  it('has nothing in its way where nothing was changed', async () => {
    const set = await makeSet({ share: SHARE });
    grow(at('share'), SHARE);
    const action = createRestoreShare(collaborators());
    await runAction(action, { set });
    const { before, outputs } = await runAction(action, { set }, { run: 'other' });
    const given = before as Parameters<NonNullable<typeof action.undo>>[1];
    const input = action.input.parse({ set });
    const context = contextFor(fakeNode(), { run: 'other' });
    const ahead = { begun: false, newer: [] };
    expect(outputs['changedIn']).toEqual([]);
    expect(await action.foreseeUndo?.(input, given, outputs, context, ahead)).toEqual([]);
  });

  it('tells what it keeps and removes it for good', async () => {
    const set = await makeSet({ share: SHARE });
    grow(at('share'), { 'Apps/a': 'old', more: 'extra' });
    const action = createRestoreShare(collaborators());
    const { before } = await runAction(action, { set });
    const given = before as Parameters<NonNullable<typeof action.undo>>[1];
    const input = action.input.parse({ set });
    const kept = await action.describeDiscard?.(input, given, undefined, contextFor(fakeNode()));
    expect(kept).toEqual({
      operations: [
        { kind: 'file', verb: 'remove', path: at('share/.sense-runbook-before-RUN'), effect: 'destroy' },
      ],
      estimate: { files: 2, bytes: 8 },
    });
    await action.discard?.(input, given, undefined, contextOf(kept?.operations ?? []));
    expect(readdirSync(at('share')).sort()).toEqual(['Apps', 'Static']);
    const after = await action.describeDiscard?.(input, given, undefined, contextFor(fakeNode()));
    expect(after).toEqual({ operations: [] });
  });

  it('refuses in the plan a set whose folders and those of the site file do not go together', async () => {
    const whole = await makeSet({ share: SHARE, 'share-apps': { one: '1' } });
    const plan = async (set: string, changes: Partial<Site> = {}) => {
      const action = createRestoreShare(collaborators(changes));
      return action.describe(action.input.parse({ set }), contextFor(fakeNode()));
    };
    expect(await plan(whole)).toMatchObject({
      operations: [],
      incomplete: 'The set has share-apps, and the site file does not say where that goes.',
    });
    const part = await makeSet({ share: SHARE });
    const apart = { share: { root: at('share'), apps: at('apps'), exclude: [] } };
    expect((await plan(part, apart)).incomplete).toContain('the set has no share-apps');
    const inVault = { share: { root: at('vault/share'), exclude: [] } };
    expect((await plan(part, inVault)).incomplete).toContain('backup sets lie around it');
    expect((await plan('20200101T000000Z-abc123')).incomplete).toBeDefined();
    expect((await plan('<set>')).operations).toHaveLength(2);
    expect(existsSync(at('share'))).toBe(false);
  });

  it('says what else is in the set', async () => {
    const set = await makeSet({ share: SHARE, 'extra/qvd': {}, 'own/thing': { a: 'a' } });
    const { plan } = await runAction(createRestoreShare(collaborators()), { set });
    expect(plan.notes?.[0]).toContain('The set has own/thing too');
    expect(plan.notes).toHaveLength(2);
  });
});

describe('restore.extra', () => {
  it('restores the folders that are named, or all', async () => {
    const set = await makeSet({ share: SHARE, 'extra/qvd': { q: 'q' }, 'extra/other': { o: 'o' } });
    const extra = ['qvd', 'other'].map((name) => ({ name, folder: at(name) })) as unknown as Site['extra'];
    const action = createRestoreExtra(collaborators({ extra }));
    await runAction(action, { set, names: ['qvd'] });
    expect([existsSync(at('qvd/q')), existsSync(at('other'))]).toEqual([true, false]);
    await runAction(action, { set });
    expect(readFileSync(at('other/o'), 'utf8')).toBe('o');
    const plan = (names: string[], c = collaborators()) =>
      createRestoreExtra(c).describe(
        { set, copy: '', names, compare: 'quick', extra: 'move' },
        contextFor(fakeNode()),
      );
    expect((await plan(['none'])).incomplete).toContain('no extra folder none');
    expect((await plan([])).incomplete).toContain('the extra folder other, and the site file');
    expect((await plan(['qvd'])).incomplete).toBeUndefined();
  });
});

describe('restore.logs', () => {
  it('restores the logs of its node beside what was logged since', async () => {
    const set = await makeSet({
      share: SHARE,
      'logs/central': { 'a.log': 'a' },
      'logs/rim': { 'b.log': 'b' },
    });
    grow(at('Log'), { 'new.log': 'new' });
    const action = createRestoreLogs(collaborators());
    const { before } = await runAction(action, { set });
    expect(readdirSync(at('Log')).sort()).toEqual(['.sense-runbook-before-RUN', 'a.log', 'new.log']);
    await undo(action, { set }, before as Parameters<NonNullable<typeof action.undo>>[1]);
    expect(readdirSync(at('Log'))).toEqual(['new.log']);
    const third = await runAction(action, { set }, { node: fakeNode({ name: 'third' }) });
    expect(third.plan).toMatchObject({ operations: [], notes: ['The set has no logs of third.'] });
    const two = collaborators({ logs: { folders: [at('Log'), at('Log2')] } });
    const refused = await createRestoreLogs(two).describe({ set, copy: '' }, contextFor(fakeNode()));
    expect(refused.incomplete).toContain('logs/central');
  });
});

describe('a backup', () => {
  it('has nothing of what restores keep, wherever it lies', async () => {
    grow(at('share'), {
      a: 'a',
      '.sense-runbook-before-X/files/b': 'b',
      'Apps/.sense-runbook-after-X/c': 'c',
      'Apps/.sense-runbook-new-0123': 'd',
      'Apps/.sense-runbook.txt': 'e',
      'Only/.sense-runbook-before-Y/changes.jsonl': '',
    });
    const set = await vault.begin({ run: 'run-1', now: new Date('2026-11-23T02:00:00Z') });
    await set.copyTree({ from: at('share'), to: 'share', onTrouble: 'fail', signal: never });
    const result = await set.copyTree({ from: at('share'), to: 'share', onTrouble: 'fail', signal: never });
    expect(result).toMatchObject({ files: 2, filesRemoved: 0, warnings: [] });
    await vault.commit(set.id, facts, { signal: never });
    expect(Object.keys(pictureOf(join(set.path, 'share')) ?? {}).sort()).toEqual([
      'Apps/.sense-runbook.txt',
      'a',
    ]);
    expect(await vault.verify(set.id, { signal: never })).toMatchObject({ ok: true });
    grow(join(set.path, 'share'), { '.sense-runbook-before-X/b': 'b' });
    expect(await vault.verify(set.id, { signal: never })).toMatchObject({
      ok: false,
      damage: [{ kind: 'extra' }],
    });
  });
});
