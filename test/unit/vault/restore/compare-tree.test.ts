import nodeFs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { excludedPaths } from '../../../../src/vault/exclusion.ts';
import {
  compareTree,
  type CompareRequest,
  type CompareStep,
} from '../../../../src/vault/restore/compare-tree.ts';
import type { FileEntry } from '../../../../src/vault/vault.ts';
import { grow, makeSet, type Tree } from '../../../integration/vault/restore-lab.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

/** A listing that has every file as read-only. */
const READ_ONLY = (entries: FileEntry[]): FileEntry[] =>
  entries.map((entry) => ({ ...entry, readOnly: true }));

/** What a comparison of `target` with a set of `tree` tells, in short. */
function compared(
  tree: Tree,
  target: Tree,
  change: Partial<CompareRequest> = {},
  listed?: typeof READ_ONLY,
): string[] {
  const folder = temporaryFolder();
  const { path } = makeSet(folder, tree, listed);
  const into = join(folder, 'target');
  grow(into, target);
  const told: CompareStep[] = [];
  compareTree(
    {
      ...{ kind: 'compare', into, listing: join(path, 'share.files.jsonl'), leave: [], read: 'none' },
      ...{ windows: true, ...change },
    },
    { files: nodeFs, isCancelled: () => false, onSteps: (steps) => void told.push(...steps) },
  );
  return told.map((step) => {
    if (step.kind === 'same') return `same ${String(step.files)}`;
    if (!('entry' in step)) return `${step.kind} ${step.path}`;
    return [step.kind, step.entry.path, ...('was' in step ? ['was', step.was] : [])].join(' ');
  });
}

describe('compareTree for Windows', () => {
  it.each([
    ['read.me', 'READ.ME'],
    ['READ.ME', 'read.me'],
    ['Ärger', 'äRGER'],
  ])('takes the file %s of a set for the same that is spelled %s', (listed, there) => {
    expect(compared({ [listed]: 'x', z: 'z' }, { [there]: 'x', m: 'm' })).toEqual([
      'place z',
      'extra m',
      'same 1',
    ]);
    expect(compared({ [listed]: 'x' }, { [there]: 'other' })).toEqual([`place ${listed} was ${there}`]);
    expect(compared({ [listed]: 'x' }, { [there]: 'y' }, { read: 'same-size' })).toEqual([
      `read ${listed} was ${there}`,
    ]);
  });

  it('takes a folder that is spelled otherwise out of the way of a file, and a file or link out of that of a folder', () => {
    expect(compared({ apps: 'x' }, { 'APPS/y': 'y' })).toEqual(['place apps was APPS']);
    for (const there of ['file', { link: 'nowhere' }])
      for (const spelled of ['APPS', 'aPPS'])
        expect(compared({ 'Apps/x': 'x' }, { [spelled]: there })).toEqual([
          `in-the-way ${spelled}`,
          'folder Apps',
          'place Apps/x',
        ]);
  });

  it('looks into a folder that holds what is to be left, whatever its spelling', () => {
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
    Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
    try {
      const target = { a: 'a', 'Deep/Left/x': 'x', 'Deep/y': 'y' };
      expect(compared({ a: 'a' }, target, { leave: excludedPaths(['deep/left']) })).toEqual([
        'extra Deep/y',
        'same 1',
      ]);
    } finally {
      Object.defineProperty(process, 'platform', platform);
    }
  });

  it('elsewhere tells names that differ in case apart', () => {
    expect(compared({ a: 'x' }, { A: 'x' }, { windows: false })).toEqual(['extra A', 'place a']);
  });
});

describe.each([true, false])('compareTree (Windows: %s)', (windows) => {
  it('tells links that the set does not have by themselves, and those in the place of something as what is there', () => {
    const links = { in: { link: '..' }, 'a/one': { link: 'x' }, 'a/two': { link: 'y' } };
    const told = compared({ 'a/b': 'b', 'a/two': '2', 'in/x': 'x' }, { ...links, 'a/b': 'b' }, { windows });
    expect(told.sort()).toEqual([
      'folder in',
      'in-the-way in',
      'link a/one',
      'place a/two',
      'place in/x',
      'same 1',
    ]);
  });

  it('does not tell what is to be left', () => {
    const target = { 'a/left': { link: 'x' }, 'left/x': 'x', 'a/x': 'x' };
    expect(compared({ 'a/x': 'x' }, target, { windows, leave: ['left', 'a/left'] })).toEqual(['same 1']);
  });
});

describe('compareTree and read-only files', () => {
  it('takes a file that may be written for another where the listing has it read-only, if it is to heed that', () => {
    const tree = { a: 'x' };
    expect(compared(tree, tree, { heedReadOnly: true }, READ_ONLY)).toEqual(['place a']);
    expect(compared(tree, tree, { heedReadOnly: true, read: 'same-size' }, READ_ONLY)).toEqual(['place a']);
    expect(compared(tree, tree, {}, READ_ONLY)).toEqual(['same 1']);
  });
});
