import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BusyError } from '../../../src/contract/errors.ts';
import { acquireProcessLock, LockHeldError, readLock } from '../../../src/platform/lock/process-lock.ts';

const holder = path.resolve(import.meta.dirname, '../../fixtures/programs/hold-lock.ts');

describe('process lock', () => {
  it('is refused while held, with what the holder said, and free after release', async () => {
    const name = `test-${randomUUID()}`;
    const lock = await acquireProcessLock({ name, info: { run: 'r1', pid: 7 } });
    const error = await acquireProcessLock({ name, info: {} }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LockHeldError);
    expect(error).toBeInstanceOf(BusyError);
    expect(error).toMatchObject({ exitCode: 6, holder: { run: 'r1', pid: 7 } });
    expect((error as Error).message).toBe(`${name} is in use by run r1, pid 7`);
    expect(await readLock(name)).toEqual({ run: 'r1', pid: 7 });

    await lock.release();
    expect(await readLock(name)).toBeUndefined();
    await (await acquireProcessLock({ name, info: {} })).release();
  });

  it('goes to exactly one of many who ask at once', async () => {
    const name = `test-${randomUUID()}`;
    const asked = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => acquireProcessLock({ name, info: { index } })),
    );
    const won = asked.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await won[0]?.value.release();
  });

  it('is dropped by the operating system when the process is killed', async () => {
    const name = `test-${randomUUID()}`;
    const child = spawn(process.execPath, ['--import', 'tsx', holder, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(await readLock(name)).toEqual({ run: 'held-run', pid: child.pid });
    await expect(acquireProcessLock({ name, info: {} })).rejects.toThrow('held-run');

    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await acquireProcessLock({ name, info: {} })).release();
  });

  it.skipIf(process.platform === 'win32')(
    'takes over a socket file left by a process that is gone',
    async () => {
      const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'lock-test-'));
      const address = { path: path.join(folder, 's.sock'), kind: 'file' } as const;
      const listenAndDie = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
      await once(spawn(process.execPath, ['-e', listenAndDie, address.path]), 'exit');
      expect((await fs.stat(address.path)).isSocket()).toBe(true);

      const lock = await acquireProcessLock({ name: 'x', info: { run: 'r2' }, address });
      await expect(acquireProcessLock({ name: 'x', info: {}, address })).rejects.toThrow('run r2');
      await lock.release();
      await fs.rm(folder, { recursive: true });
    },
  );
});
