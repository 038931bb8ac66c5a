import { describe, expect, it } from 'vitest';
import { createVaultPrune } from '../../../src/actions/vault-prune.ts';
import { BusyError, ExpectedError, VerificationError } from '../../../src/contract/errors.ts';
import type { SetSummary } from '../../../src/vault/vault.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { fakeSite } from './fakes.ts';
import { fakeVault } from './fake-vault.ts';
import { contextFor, fakeNode, runAction, type RunOptions } from './harness.ts';

const clock = createManualClock();
const DAY = 86_400_000;

function setOf(daysAgo: number, changes: Partial<SetSummary> = {}): SetSummary {
  const createdAt = new Date(clock.now().getTime() - daysAgo * DAY).toISOString();
  const id = changes.id ?? `set-${String(daysAgo)}`;
  return { id, path: `/vault/${id}`, state: 'complete', createdAt, sequence: 100 - daysAgo, ...changes };
}

/** A vault with these sets, and the action under these rules; no rule at all: no policy. */
function lab(sets: SetSummary[], retention: { last?: number } = { last: 2 }) {
  const vault = fakeVault('/vault', sets);
  vault.remove = async (id) => {
    vault.calls.push(`remove ${id}`);
    vault.sets = vault.sets.filter((set) => set.id !== id);
  };
  const folder = { kind: 'folder', folder: '/vault' } as const;
  const site = fakeSite({ vault: Object.keys(retention).length === 0 ? folder : { ...folder, retention } });
  return { vault, action: createVaultPrune({ site, vault, clock }) };
}

const pathsOf = (operations: readonly object[]): unknown[] =>
  operations.map((operation) => (operation as { path?: string }).path);

const WITH_NEW: RunOptions = {
  planned: { 'new-set': '<set>', 'on-trouble': 'warn' },
  bindings: { '<set>': 'set-0' },
};

describe('vault.prune by the rules', () => {
  it('plans and removes the same sets, oldest first, with the reasons in the plan', async () => {
    const { vault, action } = lab([setOf(1), setOf(2), setOf(3), setOf(4)]);
    const { plan, performed, outputs } = await runAction(action, {});
    expect(pathsOf(plan.operations)).toEqual(['/vault/set-4', '/vault/set-3']);
    expect(plan.operations.map(({ effect }) => effect)).toEqual(['change', 'change']);
    expect(performed).toEqual(plan.operations);
    expect(outputs).toEqual({ removed: ['set-4', 'set-3'] });
    expect(vault.calls).toEqual(['lock RUN', 'remove set-4', 'remove set-3']);
    expect(plan.notes).toContain('set-4 goes: past last 2.');
  });

  it('sees beforehand what the set that is going to be made pushes out', async () => {
    const { vault, action } = lab([setOf(1), setOf(2)]);
    const { plan, outputs } = await runAction(
      action,
      { 'new-set': 'set-0', 'on-trouble': 'warn' },
      { ...WITH_NEW, meanwhile: () => (vault.sets = [...vault.sets, setOf(0)]) },
    );
    expect(pathsOf(plan.operations)).toEqual(['/vault/set-2']);
    expect(outputs).toEqual({ removed: ['set-2'] });
  });

  it('leaves what no plan has shown to the next run, and what was proven meanwhile for good', async () => {
    const { vault, action } = lab([setOf(1), setOf(2), setOf(3)]);
    const { outputs } = await runAction(
      action,
      {},
      {
        meanwhile: () =>
          (vault.sets = [setOf(0), setOf(1), setOf(2), setOf(3, { provenAt: clock.now().toISOString() })]),
      },
    );
    expect(outputs).toEqual({ removed: [] });
    expect(vault.calls).toEqual(['lock RUN']);
  });

  it('removes nothing without a policy, and nothing while the clock is behind; the plan says so', async () => {
    const sets = [setOf(1), setOf(2), setOf(3)];
    const without = lab(sets, {});
    const behind = lab([...sets, setOf(-1)]);
    for (const [{ vault, action }, note] of [
      [without, /No retention is set/],
      [behind, /clock .* is behind/],
    ] as const) {
      const { plan, outputs } = await runAction(action, {});
      expect(plan.operations).toEqual([]);
      expect(plan.notes?.join()).toMatch(note);
      expect(outputs).toEqual({ removed: [] });
      expect(vault.calls).toEqual(['lock RUN']);
    }
  });

  it('takes the rest of a half removed set away under its present name', async () => {
    const { vault, action } = lab([setOf(1), setOf(9, { state: 'deleting' })]);
    const { plan, outputs } = await runAction(action, {});
    expect(pathsOf(plan.operations)).toEqual(['/vault/.deleting-set-9']);
    expect(outputs).toEqual({ removed: ['set-9'] });
    expect(vault.sets).toHaveLength(1);
  });

  it('with on-trouble: warn says which set could not go, and goes on with the next', async () => {
    const { vault, action } = lab([setOf(1), setOf(2), setOf(3), setOf(4)]);
    const remove = vault.remove.bind(vault);
    vault.remove = (id) =>
      id === 'set-4' ? Promise.reject(new ExpectedError('the disk is read-only')) : remove(id);
    const warned = await runAction(action, { 'on-trouble': 'warn' });
    expect(warned.outputs).toEqual({ removed: ['set-3'] });
    expect(warned.warnings).toEqual(['the old backup set set-4 could not be removed: the disk is read-only']);
    await expect(runAction(action, {})).rejects.toThrow('the disk is read-only');
  });

  it('ends at an interruption before the next set, also where trouble is only a warning', async () => {
    const { vault, action } = lab([setOf(1), setOf(2), setOf(3), setOf(4)]);
    const abort = new AbortController();
    vault.remove = (id) => {
      vault.calls.push(`remove ${id}`);
      abort.abort(new Error('Ctrl+C'));
      return Promise.reject(abort.signal.reason as Error);
    };
    const run = runAction(action, { 'on-trouble': 'warn' }, { signal: abort.signal });
    await expect(run).rejects.toThrow('Ctrl+C');
    expect(vault.calls).toEqual(['lock RUN', 'remove set-4']);
  });

  it('touches nothing when another host holds the vault', async () => {
    const { vault, action } = lab([setOf(1), setOf(2), setOf(3)]);
    vault.lock = () => Promise.reject(new BusyError('The vault is held by run R on host OTHER'));
    await expect(runAction(action, {})).rejects.toThrow(BusyError);
    expect(vault.calls).toEqual([]);
  });

  it('makes room on a full disk, where the lock has none: it is taken once a set is gone', async () => {
    const { vault, action } = lab([setOf(1), setOf(2), setOf(3), setOf(4)]);
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const lock = vault.lock.bind(vault);
    vault.lock = (run) =>
      vault.calls.length === 0
        ? Promise.reject(new ExpectedError('The vault is full', { cause: full }))
        : lock(run);
    const { outputs } = await runAction(action, {});
    expect(outputs).toEqual({ removed: ['set-4', 'set-3'] });
    expect(vault.calls).toEqual(['remove set-4', 'lock RUN', 'remove set-3']);
  });

  it('takes half removed sets away after a kill, and leaves incomplete ones to their runs', async () => {
    const { vault, action } = lab([]);
    let over: unknown;
    vault.sweep = async (run, isRunOver) => {
      over = await isRunOver?.('other');
      return [`half-${String(run)}`];
    };
    const context = contextFor(fakeNode());
    expect(await action.cleanUp?.(action.input.parse({}), null, context)).toEqual([
      'removed what was left of the backup set half-RUN',
    ]);
    expect(over).toBe(false);
  });
});

describe('vault.prune of one set', () => {
  it('is a destroy, plans it, and removes it whatever the rules say', async () => {
    const { vault, action } = lab([setOf(1), setOf(2)], { last: 5 });
    expect(typeof action.effect === 'function' && action.effect(action.input.parse({ set: 'set-2' }))).toBe(
      'destroy',
    );
    const { plan, outputs } = await runAction(action, { set: 'set-2' });
    expect(plan.operations).toMatchObject([{ verb: 'remove', path: '/vault/set-2', effect: 'destroy' }]);
    expect(outputs).toEqual({ removed: ['set-2'] });
    expect(vault.sets.map(({ id }) => id)).toEqual(['set-1']);
  });

  it.each([
    ['the newest complete', 'set-1', /newest complete/],
    ['the newest proven', 'set-3', /newest proven/],
    ['one that is not there', 'set-7', /no backup set set-7/],
  ])('refuses %s', async (_what, set, message) => {
    const sets = [setOf(1), setOf(2), setOf(3, { provenAt: clock.now().toISOString() })];
    const { vault, action } = lab(sets);
    await expect(runAction(action, { set })).rejects.toThrow(message);
    expect(vault.calls).toEqual([]);
  });

  it('refuses when another run has meanwhile removed what made it dispensable', async () => {
    const { vault, action } = lab([setOf(1), setOf(2)]);
    const run = runAction(action, { set: 'set-2' }, { meanwhile: () => (vault.sets = [setOf(2)]) });
    await expect(run).rejects.toThrow(VerificationError);
    expect(vault.calls).toEqual(['lock RUN']);
  });

  it('counts as done for resume once the set is gone', async () => {
    const { vault, action } = lab([setOf(1), setOf(2)]);
    const input = action.input.parse({ set: 'set-2' });
    const context = contextFor(fakeNode());
    expect(await action.check(input, null, context)).toBe('not-done');
    vault.sets = [setOf(1)];
    expect(await action.check(input, null, context)).toBe('done');
  });
});
