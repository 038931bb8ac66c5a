import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';
import { oneSpelling } from '../helpers/one-spelling.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
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
} from '../integration/vault/restore-lab.ts';
import { never } from '../integration/vault/vault-lab.ts';

/** Few names, so that the two trees meet in many ways: a file where a folder is, a link where a file is. */
const NAMES = ['a', 'b', 'a-b', 'A', 'ä', 'x y', 'new\nline'];
/** On Windows names that differ in case meet, too; no set that is restored there has both. */
const SET_NAMES = ['a', 'B', 'a-B', 'ä', 'x y'];
const SPELLED_NAMES = ['a', 'A', 'b', 'B', 'a-b', 'A-B', 'Ä', 'X y'];

const file = fc.record({
  text: fc.constantFrom('', 'one', 'two', 'longer'),
  time: fc.constantFrom(...TIMES),
});
const emptyFolder = fc.constant({ folder: true } as const);

function parts(names: readonly string[], links: boolean) {
  return fc.array(
    fc.record({
      path: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
      content: fc.oneof(
        { weight: 5, arbitrary: file },
        { weight: 1, arbitrary: emptyFolder },
        ...(links ? [{ weight: 1, arbitrary: fc.constant({ link: '../elsewhere' }) }] : []),
      ),
    }),
    { maxLength: 8 },
  );
}

/** Takes the parts that go together; the first of two that do not stays. `fold`: what makes two names one. */
function treeOf(
  found: readonly { path: string[]; content: Content | { folder: true } }[],
  fold: (text: string) => string,
): Tree {
  const tree = new Map<string, Content>();
  const spelled = new Map<string, string>();
  const isIn = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`);
  for (const { path, content } of found) {
    let name = '';
    for (const part of path) {
      const wanted = name === '' ? part : `${name}/${part}`;
      name = spelled.get(fold(wanted)) ?? wanted;
      spelled.set(fold(name), name);
    }
    const known = [...tree.keys()].map((one) => one.replace(/\/$/, ''));
    if (known.some((one) => isIn(one, name) || isIn(name, one))) continue;
    if (typeof content === 'object' && 'folder' in content) tree.set(`${name}/`, '');
    else tree.set(name, content);
  }
  return Object.fromEntries(tree);
}

/** What a folder with `old` in it looks like once it is as `picture`, that of the set: links elsewhere stay. */
function withLinksOf(
  old: Tree,
  picture: Readonly<Record<string, string>>,
  fold: (text: string) => string,
): Record<string, string> {
  const wanted = foldKeys(picture, fold);
  const inSet = Object.keys(wanted);
  for (const [path, content] of Object.entries(old)) {
    if (typeof content !== 'object' || !('link' in content)) continue;
    const name = fold(path);
    const parent = name.slice(0, name.lastIndexOf('/') + 1);
    if (parent !== '' && !inSet.some((one) => one.startsWith(parent))) continue;
    if (inSet.some((one) => one === name || one.startsWith(`${name}/`))) continue;
    wanted[name] = `link to ${content.link}`;
    delete wanted[parent];
  }
  return wanted;
}

/** Whether a file differs from the one in the set, and size and time do not tell. */
function looksAlike(tree: Tree, old: Tree, fold: (text: string) => string): boolean {
  const wanted = foldKeys(tree, fold) as Record<string, unknown>;
  return Object.entries(old).some(([path, content]) => {
    const other = wanted[fold(path)];
    if (typeof content !== 'object' || !('time' in content) || typeof other !== 'object') return false;
    const { text, time } = other as { text?: string; time?: number };
    return time === content.time && text?.length === content.text.length && text !== content.text;
  });
}

function foldKeys(picture: object | undefined, fold: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(picture ?? {}).map(([path, value]) => [fold(path), value]));
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

async function diesAfter(calls: number, begin: string): Promise<Awaited<ReturnType<typeof labRestore>>> {
  process.env['TEST_DIES_AFTER'] = String(calls);
  return labRestore(begin + DIES, 1);
}

const SYSTEMS = {
  'names as they are': { windows: false, names: NAMES, oldNames: NAMES, fold: (text: string) => text },
  'Windows names': {
    windows: true,
    names: SET_NAMES,
    oldNames: SPELLED_NAMES,
    fold: (text: string) => text.toUpperCase(),
  },
} as const;

describe.each(Object.keys(SYSTEMS))('restoring any tree over any other, with %s', (system) => {
  const { windows, names, oldNames, fold } = SYSTEMS[system as keyof typeof SYSTEMS];

  it('makes it equal to the set, and undoing makes it what it was, also when both were cut off anywhere', async () => {
    const folder = temporaryFolder();
    const into = join(folder, 'share');
    const begin = windows ? oneSpelling(into) : '';
    const whole = await labRestore(begin);
    await fc.assert(
      fc.asyncProperty(
        parts(names, false).map((found) => treeOf(found, fold)),
        fc.option(
          parts(oldNames, true).map((found) => treeOf(found, fold)),
          { freq: 8 },
        ),
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
          // What differs and has the same size and time is the same to a quick look: that is its limit, and is said.
          const how = looksAlike(tree, oldTree ?? {}, fold) ? 'content' : compare;
          const options = restoreOf(set, into, { extra, compare: how, windows });
          const undo = { into, made: true, run: 'RUN', signal: never };
          for (const cut of cuts) await (await diesAfter(cut, begin)).restore(options).catch(expectDied);
          if (cuts.length % 2 === 0) {
            await whole.restore(options);
            const wanted = pictureOf(join(set.path, 'share')) ?? {};
            if (extra === 'move')
              expect(foldKeys(restoredIn(into), fold)).toEqual(withLinksOf(oldTree ?? {}, wanted, fold));
            if (extra === 'move') expect(await whole.compare(options)).toEqual({ count: 0, paths: [] });
          }
          for (const cut of undoCuts) await (await diesAfter(cut, begin)).undo(undo).catch(expectDied);
          const { warnings } = await whole.undo(undo);
          expect(warnings).toEqual([]);
          expect(pictureOf(into)).toEqual(old);
          expect(pictureOf(join(folder, 'elsewhere'))).toEqual(elsewhere);
          expect(await whole.undo(undo)).toEqual({ changes: 0, warnings: [] });
        },
      ),
      { numRuns: NO_SAMPLE ? 50 : 10 },
    );
  });
});

function expectDied(error: unknown): void {
  expect(String((error as Error).message)).toContain('EIO');
}
