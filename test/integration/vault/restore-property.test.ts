import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../helpers/temporary.ts';
import {
  grow,
  labRestore,
  makeSet,
  pictureOf,
  restoredIn,
  restoreOf,
  TIMES,
  type Content,
  type Tree,
} from './restore-lab.ts';
import { never } from './vault-lab.ts';

/** Few names, so that the two trees meet in many ways: a file where a folder is, a link where a file is. */
const NAMES = ['a', 'b', 'a-b', 'A', 'ä', 'x y', 'new\nline'];
const pathOf = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const file = fc.record({
  text: fc.constantFrom('', 'one', 'two', 'longer'),
  time: fc.constantFrom(...TIMES),
});
const part = fc.record({
  path: pathOf,
  content: fc.oneof(
    { weight: 5, arbitrary: file },
    { weight: 1, arbitrary: fc.constant({ folder: true } as const) },
  ),
});
const oldPart = fc.record({
  path: pathOf,
  content: fc.oneof(
    { weight: 5, arbitrary: file },
    { weight: 1, arbitrary: fc.constant({ folder: true } as const) },
    { weight: 1, arbitrary: fc.constant({ link: '../elsewhere' }) },
  ),
});

/** Takes the parts that go together; the first of two that do not stays. */
function treeOf(parts: readonly { path: string[]; content: Content | { folder: true } }[]): Tree {
  const tree = new Map<string, Content>();
  const isIn = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`);
  for (const { path, content } of parts) {
    const name = path.join('/');
    const known = [...tree.keys()].map((one) => one.replace(/\/$/, ''));
    if (known.some((one) => isIn(one, name) || isIn(name, one))) continue;
    if (typeof content === 'object' && 'folder' in content) tree.set(`${name}/`, '');
    else tree.set(name, content);
  }
  return Object.fromEntries(tree);
}

/** Every call that changes something fails from the one with this number on, as if the process had died there. */
const DIES = `
  const all = ['closeSync', 'futimesSync', 'mkdirSync', 'openSync', 'renameSync', 'rmSync', 'rmdirSync', 'writeSync'];
  const { default: real } = await import('node:fs');
  let left = Number(process.env.TEST_DIES_AFTER ?? Infinity);
  for (const name of all) {
    const call = real[name];
    real[name] = (...words) => {
      const reads = name === 'openSync' && typeof words[1] === 'number';
      if (!reads && name !== 'closeSync' && (left -= 1) < 0)
        throw Object.assign(new Error('EIO: died'), { code: 'EIO' });
      return call(...words);
    };
  }
`;

async function diesAfter(calls: number): Promise<Awaited<ReturnType<typeof labRestore>>> {
  process.env['TEST_DIES_AFTER'] = String(calls);
  return labRestore(DIES, 1);
}

describe('restoring any tree over any other', () => {
  it('makes it equal to the set, and undoing makes it what it was, also when both were cut off anywhere', async () => {
    const folder = temporaryFolder();
    const into = join(folder, 'share');
    const whole = await labRestore();
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 8 }).map(treeOf),
        fc.option(fc.array(oldPart, { maxLength: 8 }).map(treeOf), { freq: 8 }),
        fc.constantFrom('move' as const, 'keep' as const),
        fc.constantFrom('quick' as const, 'content' as const),
        fc.array(fc.nat(40), { maxLength: 3 }),
        fc.array(fc.nat(25), { maxLength: 2 }),
        async (tree, oldTree, extra, compare, cuts, undoCuts) => {
          rmSync(into, { recursive: true, force: true });
          rmSync(join(folder, 'elsewhere'), { recursive: true, force: true });
          grow(join(folder, 'elsewhere'), { a: 'not ours', 'b/a': 'not ours' });
          const set = makeSet(folder, tree);
          if (oldTree !== null) grow(into, oldTree);
          const old = pictureOf(into);
          const elsewhere = pictureOf(join(folder, 'elsewhere'));
          const options = restoreOf(set, into, { extra, compare });
          const undo = { into, made: true, run: 'RUN', signal: never };
          for (const cut of cuts) await (await diesAfter(cut)).restore(options).catch(expectDied);
          if (cuts.length % 2 === 0) {
            await whole.restore(options);
            if (extra === 'move') expect(restoredIn(into)).toEqual(pictureOf(join(set.path, 'share')));
            if (extra === 'move') expect(await whole.compare(options)).toEqual({ count: 0, paths: [] });
          }
          for (const cut of undoCuts) await (await diesAfter(cut)).undo(undo).catch(expectDied);
          const { warnings } = await whole.undo(undo);
          expect(warnings).toEqual([]);
          expect(pictureOf(into)).toEqual(old);
          expect(pictureOf(join(folder, 'elsewhere'))).toEqual(elsewhere);
          expect(await whole.undo(undo)).toEqual({ changes: 0, warnings: [] });
        },
      ),
      { numRuns: 50 },
    );
  });
});

function expectDied(error: unknown): void {
  expect(String((error as Error).message)).toContain('EIO');
}
