import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { flushFilesOneByOne } from '../../../src/vault/flush.ts';
import { formatEntry } from '../../../src/vault/listing.ts';
import type { WorkerPool } from '../../../src/vault/worker-pool.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const entry = (path: string, added: boolean): string =>
  formatEntry({ path, size: 1, mtimeNs: '1', sha256: 'x', ...(added ? { added } : {}) });

it('flushes what the set added, and every folder, since a link is an entry in one', async () => {
  const set = temporaryFolder();
  mkdirSync(join(set, 'logs'));
  const lines = [entry('a/b/linked', false), entry('a/c', true), entry('empty/', false), entry('z', false)];
  writeFileSync(join(set, 'logs/central.files.jsonl'), `${lines.join('\n')}\n`);
  const flushed: string[] = [];
  const pool = {
    flush: (_folder: string, paths: readonly string[]) => {
      flushed.push(...paths);
      return Promise.resolve(paths.map(() => ({ status: 'flushed' as const })));
    },
  } as unknown as WorkerPool;
  await flushFilesOneByOne(
    pool,
    set,
    ['RESTORE.md', 'databases/QSR_backup.tar'],
    [{ folder: 'logs/central', listing: 'logs/central.files.jsonl' }],
  );
  expect(flushed).toEqual([
    'RESTORE.md',
    'databases/',
    'databases/QSR_backup.tar',
    'logs/',
    'logs/central.files.jsonl',
    'logs/central/',
    'logs/central/a/',
    'logs/central/a/b/',
    'logs/central/a/c',
    'logs/central/empty/',
  ]);
});
