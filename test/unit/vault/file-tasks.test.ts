import nodeFs, { chmodSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flushFiles, type FileCalls } from '../../../src/vault/file-tasks.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

/** Flushes files of which none may be opened for writing, as Windows refuses that of read-only ones to everybody. */
function flushed(folder: string, paths: readonly string[]): object {
  const files: FileCalls = {
    ...nodeFs,
    openSync(path, flags, mode) {
      if (flags === 'r+') throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      return openSync(path, flags, mode);
    },
  };
  const buffer = Buffer.alloc(0);
  return flushFiles(folder, paths, { files, buffer, isCancelled: () => false, onBytes: () => undefined });
}

describe('flushing a file', () => {
  it('does not fail on a read-only one, and tells any other that is refused', () => {
    const folder = temporaryFolder();
    for (const name of ['fixed', 'refused']) writeFileSync(join(folder, name), name);
    chmodSync(join(folder, 'fixed'), 0o444);
    expect(flushed(folder, ['fixed', 'refused'])).toMatchObject([
      { status: 'flushed' },
      { status: 'failed', code: 'EPERM', target: join(folder, 'refused') },
    ]);
  });
});
