import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createCopyWorkers, type CopyWorkers } from '../../../src/vault/copy-workers.ts';
import { createWorkerPool } from '../../../src/vault/worker-pool.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { never } from './vault-lab.ts';

/** Threads that note in `log` that they began, and answer every order with nothing. */
function notingWorkers(log: string): CopyWorkers {
  const code = `
    import { appendFileSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    appendFileSync(${JSON.stringify(log)}, 'began\\n');
    parentPort.on('message', () =>
      parentPort.postMessage({ type: 'ended', end: { type: 'done', outcomes: [] }, bytes: 0 }));
  `;
  return createCopyWorkers(new URL(`data:text/javascript,${encodeURIComponent(code)}`), 2);
}

it('starts a thread before there is work, and gives that one the first order', async () => {
  const log = join(temporaryFolder(), 'log');
  const workers = notingWorkers(log);
  workers.warmUp();
  workers.warmUp();
  await vi.waitFor(() => expect(existsSync(log)).toBe(true), { timeout: 20_000 });

  const pool = createWorkerPool({ workers, signal: never });
  expect(await pool.hash('/', ['a'])).toEqual([]);
  await pool.close();

  expect(readFileSync(log, 'utf8')).toBe('began\n');
});
