import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BusyError } from '../../../src/contract/errors.ts';
import type { LockPlace } from '../../../src/platform/lock/address.ts';
import { acquireProcessLock, LockHeldError, readLock } from '../../../src/platform/lock/process-lock.ts';

const holder = path.resolve(import.meta.dirname, '../../fixtures/programs/hold-lock.ts');

/** The file is only for Windows, where each test would make it. */
function somePlace(): LockPlace {
  const name = `test-${randomUUID()}`;
  return { name, file: path.join(os.tmpdir(), name) };
}

describe('process lock', () => {
  it('is refused while held, with what the holder said, and free after release', async () => {
    const place = somePlace();
    const lock = await acquireProcessLock({ ...place, info: { run: 'r1', pid: 7 } });
    const error = await acquireProcessLock({ ...place, info: {} }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LockHeldError);
    expect(error).toBeInstanceOf(BusyError);
    expect(error).toMatchObject({ exitCode: 6, holder: { run: 'r1', pid: 7 } });
    expect((error as Error).message).toBe(`${place.name} is in use by run r1, pid 7`);
    expect(await readLock(place)).toEqual({ run: 'r1', pid: 7 });

    await lock.release();
    expect(await readLock(place)).toBeUndefined();
    await (await acquireProcessLock({ ...place, info: {} })).release();
  });

  it('goes to exactly one of many who ask at once', async () => {
    const place = somePlace();
    const asked = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => acquireProcessLock({ ...place, info: { index } })),
    );
    const won = asked.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await won[0]?.value.release();
  });

  it('is dropped by the operating system when the process is killed', async () => {
    const place = somePlace();
    const child = spawn(process.execPath, ['--import', 'tsx', holder, place.name, place.file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(await readLock(place)).toEqual({ run: 'held-run', pid: child.pid });
    await expect(acquireProcessLock({ ...place, info: {} })).rejects.toThrow('held-run');

    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await acquireProcessLock({ ...place, info: {} })).release();
  });

  it.skipIf(process.platform === 'win32')(
    'takes over a socket file left by a process that is gone',
    async () => {
      const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'lock-test-'));
      const place = somePlace();
      const address = { path: path.join(folder, 's.sock'), kind: 'file' } as const;
      const listenAndDie = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
      await once(spawn(process.execPath, ['-e', listenAndDie, address.path]), 'exit');
      expect((await fs.stat(address.path)).isSocket()).toBe(true);

      const lock = await acquireProcessLock({ ...place, info: { run: 'r2' }, address });
      await expect(acquireProcessLock({ ...place, info: {}, address })).rejects.toThrow('run r2');
      await lock.release();
      await fs.rm(folder, { recursive: true });
    },
  );
});
