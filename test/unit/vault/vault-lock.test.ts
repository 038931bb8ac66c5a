import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BusyError } from '../../../src/contract/errors.ts';
import { createLockFile, readLockFile, type LockHolder } from '../../../src/vault/lock-file.ts';
import { createVaultLock, type LockCollaborators, type VaultLock } from '../../../src/vault/vault-lock.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { PATIENTLY } from '../../helpers/patiently.ts';

let file: string;
const alive = new Set<number>();

beforeEach(() => {
  file = join(temporaryFolder(), 'vault', 'site', 'vault.lock');
  alive.clear();
});

afterEach(() => {
  vi.useRealTimers();
});

function lockOf(pid: number, change: Partial<LockCollaborators> = {}): VaultLock {
  alive.add(pid);
  return createVaultLock({
    file,
    host: 'central',
    self: { pid, startedAt: `start-${pid}` },
    isAlive: (process) =>
      Promise.resolve(alive.has(process.pid) && process.startedAt === `start-${process.pid}`),
    clock: createManualClock(),
    ...change,
  });
}

const holder = (): LockHolder => JSON.parse(readFileSync(file, 'utf8')) as LockHolder;

describe('the lock of the vault', () => {
  it('says who has it, and is given back', async () => {
    const lock = lockOf(1);
    await lock.take('run-1');
    expect(holder()).toEqual({
      host: 'central',
      run: 'run-1',
      pid: 1,
      startedAt: 'start-1',
      heartbeat: '2026-11-24T02:00:00.000Z',
    });
    await lock.take('run-1');
    await lock.release('run-1');
    expect(existsSync(file)).toBe(false);
  });

  it('is never there without its holder in it, so that a kill leaves no lock of nobody', async () => {
    mkdirSync(dirname(file), { recursive: true });
    const heldBy: LockHolder = { host: 'central', run: 'run-1', pid: 1, startedAt: 's', heartbeat: 'h' };
    let done = false;
    const seen = new Set<string>();
    const looking = (async () => {
      while (!done) {
        const holder = await readLockFile(file);
        seen.add(typeof holder === 'string' ? holder : holder.run);
      }
    })();
    for (let round = 0; round < 100; round += 1) {
      expect(await createLockFile(file, heldBy)).toBe(true);
      rmSync(file);
    }
    done = true;
    await looking;
    expect([...seen].filter((what) => what !== 'none' && what !== 'run-1')).toEqual([]);
  });

  it('can be taken by several steps of one run at the same time', async () => {
    const lock = lockOf(1);
    await Promise.all(Array.from({ length: 20 }, () => lock.take('run-1')));
    expect(readdirSync(dirname(file))).toEqual(['vault.lock']);
  });

  it('leaves nothing beside it, also when the run was killed while it was taken', async () => {
    const lock = lockOf(1);
    await lock.take('run-1');
    linkSync(file, `${file}.run-1`);
    await lock.release('run-1');
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  it('is refused to another living run, which is named', async () => {
    await lockOf(1).take('run-1');
    const error = await lockOf(2)
      .take('run-2')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BusyError);
    expect((error as BusyError).message).toMatch(
      /run-1 on host central.*last sign of life 2026-11-24T02:00:00/,
    );
    expect(holder().run).toBe('run-1');
  });

  it('is refused to another run of the same process', async () => {
    const lock = lockOf(1);
    await lock.take('run-1');
    await expect(lock.take('run-2')).rejects.toBeInstanceOf(BusyError);
  });

  it('is taken over from a process of this host that is gone', async () => {
    await lockOf(1).take('run-1');
    alive.delete(1);
    await lockOf(2, { host: 'CENTRAL' }).take('run-2');
    expect(holder()).toMatchObject({ run: 'run-2', pid: 2 });
    expect(readdirSync(join(file, '..'))).toEqual(['vault.lock']);
  });

  it('is not taken over from another host, whose processes nobody here can see', async () => {
    await lockOf(1, { host: 'other' }).take('run-1');
    alive.delete(1);
    const error = (await lockOf(2)
      .take('run-2')
      .catch((thrown: unknown) => thrown)) as BusyError;
    expect(error).toBeInstanceOf(BusyError);
    expect(error.hint).toContain(`delete ${file} by hand`);
  });

  it('goes to one of many who find the holder gone', async () => {
    await lockOf(1).take('run-1');
    alive.delete(1);
    const outcomes = await Promise.allSettled([2, 3, 4, 5, 6].map((pid) => lockOf(pid).take(`run-${pid}`)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('that was cut short is not broken, and says what to do', async () => {
    await lockOf(1).take('run-1');
    writeFileSync(file, '{"host":');
    const error = (await lockOf(2)
      .take('run-2')
      .catch((thrown: unknown) => thrown)) as BusyError;
    expect(error).toBeInstanceOf(BusyError);
    expect(error.hint).toContain(file);
  });

  it('is given back by a later process for a run that was killed, and only for that run', async () => {
    await lockOf(1).take('run-1');
    alive.delete(1);
    await lockOf(2).release('run-2');
    expect(existsSync(file)).toBe(true);
    await lockOf(2).release('run-1');
    expect(existsSync(file)).toBe(false);
  });

  it('is not given back while the process that has it lives, nor for another host', async () => {
    await lockOf(1).take('run-1');
    await expect(lockOf(2).release('run-1')).rejects.toBeInstanceOf(BusyError);
    await lockOf(3, { host: 'other' }).release('run-1');
    expect(existsSync(file)).toBe(true);
  });

  it('renews its sign of life every half minute, but not a lock that is no longer its own', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const clock = createManualClock();
    const lock = lockOf(1, { clock });
    await lock.take('run-1');
    clock.advance(30_000);
    vi.advanceTimersByTime(30_000);
    await vi.waitFor(() => {
      expect(holder().heartbeat).toBe('2026-11-24T02:00:30.000Z');
    }, PATIENTLY);
    const foreign = { ...holder(), host: 'other', heartbeat: 'theirs' };
    writeFileSync(file, JSON.stringify(foreign));
    vi.advanceTimersByTime(30_000);
    await vi.waitFor(() => {
      expect(vi.getTimerCount()).toBe(0);
    }, PATIENTLY);
    expect(holder()).toEqual(foreign);
  });
});
