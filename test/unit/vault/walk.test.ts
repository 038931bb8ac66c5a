import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { comparePaths } from '../../../src/foundation/path-order.ts';
import { walkTree } from '../../../src/vault/walk.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

function make(root: string, ...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(join(root, path, path.endsWith('/') ? '.' : '..'), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(join(root, path), path);
  }
}

const posix = process.platform !== 'win32';

describe('walkTree', () => {
  it('gives every file in the order of comparePaths, and empty folders', () => {
    const root = temporaryFolder();
    make(root, 'a-b', 'a/b', 'a/b-c', 'a.txt', 'B', 'empty/', 'a/c/d/', 'zä', 'z\u{1F600}');
    const items = [...walkTree(root)];
    const paths = items.map(({ path }) => path);
    expect(paths).toEqual([...paths].sort(comparePaths));
    expect(items).toContainEqual({ kind: 'empty-folder', path: 'empty/' });
    expect(items).toContainEqual({ kind: 'empty-folder', path: 'a/c/d/' });
    expect(items).toHaveLength(9);
  });

  it('keeps the order of many folders in folders', () => {
    const root = temporaryFolder();
    const paths = Array.from(
      { length: 300 },
      (_, index) => `d${String(index % 23)}/e${String(index % 7)}/f${String(index)}`,
    );
    make(root, ...paths, 'd1/zz/', 'x/leave/y');
    const found = [...walkTree(root, { exclude: (path) => path === 'x/leave' })].map(({ path }) => path);
    expect(found).toEqual([...paths, 'd1/zz/'].sort(comparePaths));
  });

  it('leaves out what is excluded, with all that is in it', () => {
    const root = temporaryFolder();
    make(root, 'keep/x', 'leave/x', 'leave/y/z');
    const items = [...walkTree(root, { exclude: (path) => path === 'leave' })];
    expect(items).toEqual([{ kind: 'file', path: 'keep/x' }]);
  });

  it('does not follow links, so that a circle has an end', () => {
    const root = temporaryFolder();
    make(root, 'a/x');
    symlinkSync(root, join(root, 'a', 'circle'), 'junction');
    const items = [...walkTree(root)];
    expect(items).toContainEqual({ kind: 'link', path: 'a/circle' });
    expect(items).toHaveLength(2);
  });

  it.skipIf(!posix)('calls pipes something else than a file', () => {
    const root = temporaryFolder();
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect([...walkTree(root)]).toEqual([{ kind: 'other', path: 'pipe' }]);
  });

  it.skipIf(!posix || process.platform === 'darwin')('tells names that are no text, spelled out', () => {
    const root = temporaryFolder();
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff, 0xfe])]), '');
    writeFileSync(join(root, 'good-\uFFFD'), '');
    expect([...walkTree(root)]).toEqual([
      { kind: 'bad-name', path: 'bad-\\xff\\xfe' },
      { kind: 'file', path: 'good-\uFFFD' },
    ]);
  });

  it('fails when the root itself cannot be read', () => {
    expect(() => [...walkTree(join(temporaryFolder(), 'nowhere'))]).toThrow('ENOENT');
  });
});
