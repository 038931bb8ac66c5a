import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { flushChanges } from '../../../../src/vault/restore/flush-changes.ts';
import type { FlushOutcome } from '../../../../src/vault/worker-protocol.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';
import { PATIENTLY } from '../../../helpers/patiently.ts';

function recordOf(files: number): string {
  const file = join(temporaryFolder(), 'changes.jsonl');
  const lines = Array.from({ length: files }, (_, index) =>
    JSON.stringify({ change: 'added', path: `a/${String(index)}`, size: 0, mtimeNs: '0' }),
  );
  writeFileSync(file, ['{"schemaVersion":1,"made":[]}', ...lines, ''].join('\n'));
  return file;
}

it('has files flushed side by side, a limited number of batches at a time', async () => {
  const waiting: (() => void)[] = [];
  let flushed = 0;
  const flush = (_folder: string, paths: readonly string[]) =>
    new Promise<FlushOutcome[]>((resolve) => {
      waiting.push(() => {
        flushed += paths.filter((path) => !path.endsWith('/')).length;
        resolve(paths.map(() => ({ status: 'flushed' })));
      });
    });
  const done = flushChanges({ flush }, '/into', recordOf(5000));
  await vi.waitFor(() => {
    expect(waiting.length).toBeGreaterThan(3);
  }, PATIENTLY);
  const over = done.then(() => true);
  while (!(await Promise.race([over, new Promise((resolve) => setImmediate(resolve, false))]))) {
    expect(waiting.length).toBeLessThanOrEqual(8);
    waiting.shift()?.();
  }
  expect(flushed).toBe(5000);
});

it('passes over what is gone again, and tells what cannot be flushed', async () => {
  const outcome = (code: string) => (_folder: string, paths: readonly string[]) =>
    Promise.resolve(paths.map((target) => ({ status: 'failed' as const, target, code, message: code })));
  await flushChanges({ flush: outcome('ENOENT') }, '/into', recordOf(3));
  await expect(flushChanges({ flush: outcome('EIO') }, '/into', recordOf(3))).rejects.toMatchObject({
    code: 'EIO',
  });
});
