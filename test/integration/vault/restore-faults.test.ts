import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { grow, labRestore, makeSet, pictureOf, restoredIn, restoreOf } from './restore-lab.ts';
import { never } from './vault-lab.ts';

let folder: string;
let into: string;

beforeEach(() => {
  folder = temporaryFolder();
  into = join(folder, 'share');
});

/** JavaScript for a worker that has `real`, the file calls, and does `code` first. */
function before(code: string): string {
  return `{ const { default: real } = await import('node:fs'); ${code} }`;
}

/** Makes one call throw that error for paths that end so, as often as told. */
function failing(call: string, ending: string, code: string, times = 'Infinity'): string {
  return before(`
    const call = real.${call};
    let left = ${times};
    real.${call} = (...words) => {
      if (words.some((word) => String(word).endsWith('${ending}')) && (left -= 1) >= 0)
        throw Object.assign(new Error('${code}: injected'), { code: '${code}' });
      return call(...words);
    };
  `);
}

const TREE = { a: 'a new', b: 'b new', 'c/d': 'd' };
const OLD = { a: 'old', b: 'an older one', c: 'a file' };

describe('a restore that fails', () => {
  it('for want of room names disk and file, what was done, and what puts it back', async () => {
    const set = makeSet(folder, TREE);
    grow(into, OLD);
    const old = pictureOf(into);
    const full = await labRestore(
      before(`
        const { openSync, writeSync } = real;
        let opened = 0;
        real.openSync = (path, flags, ...rest) => {
          if (flags === 'wx') opened += 1;
          return openSync(path, flags, ...rest);
        };
        real.writeSync = (...words) => {
          if (opened > 1) throw Object.assign(new Error('ENOSPC: injected'), { code: 'ENOSPC' });
          return writeSync(...words);
        };
      `),
      1,
    );
    await expect(full.restore(restoreOf(set, into))).rejects.toMatchObject({
      name: 'StepError',
      message: expect.stringMatching(
        /^The disk of .*share is full: .*b could not be written \(.* free\)/,
      ) as string,
      hint: expect.stringContaining('sense-runbook rollback RUN') as string,
      changed: expect.stringContaining('1 file put into place') as string,
    });
    expect(readFileSync(join(into, 'b'), 'utf8')).toBe('an older one');
    const whole = await labRestore();
    await whole.undo({ into, made: true, run: 'RUN', signal: never });
    expect(pictureOf(into)).toEqual(old);
  });

  it('because a file is in use names it', async () => {
    const set = makeSet(folder, TREE);
    grow(into, OLD);
    const locked = await labRestore(failing('renameSync', 'share/b', 'EBUSY'));
    await expect(locked.restore(restoreOf(set, into))).rejects.toMatchObject({
      message: expect.stringMatching(
        /share\/b could not be changed \(EBUSY\): another program uses it/,
      ) as string,
    });
    expect(readdirSync(into).filter((name) => name.startsWith('.sense-runbook-new'))).toEqual([]);
    await (await labRestore()).restore(restoreOf(set, into));
    expect(restoredIn(into)).toEqual(pictureOf(join(set.path, 'share')));
  });

  it('names a file of another volume that cannot be moved aside', async () => {
    const set = makeSet(folder, TREE);
    grow(into, OLD);
    const other = await labRestore(failing('renameSync', 'files/a', 'EXDEV'));
    await expect(other.restore(restoreOf(set, into))).rejects.toThrow('lies on another volume');
    expect(readFileSync(join(into, 'a'), 'utf8')).toBe('old');
  });

  it('because a folder cannot be read says why', async () => {
    const set = makeSet(folder, { 'c/d': 'd' });
    grow(into, { 'c/x': 'x' });
    const unread = await labRestore(`${failing('readdirSync', 'share/c', 'EIO')}
      (await import('node:module')).syncBuiltinESMExports();`);
    await expect(unread.restore(restoreOf(set, into))).rejects.toMatchObject({
      message: expect.stringMatching(/share\/c could not be restored: .*injected \(EIO\)/) as string,
    });
    expect(pictureOf(into)).toMatchObject({ 'c/x': expect.anything() as string });
  });

  it('to undo names the file, and undoes the rest when asked again', async () => {
    const set = makeSet(folder, TREE);
    grow(into, OLD);
    const old = pictureOf(into);
    const locked = await labRestore(failing('renameSync', 'share/a', 'EBUSY', '2'), 1);
    await expect(locked.restore(restoreOf(set, into))).rejects.toThrow('share/a');
    const whole = await labRestore();
    await whole.restore(restoreOf(set, into));
    await expect(locked.undo({ into, run: 'RUN', signal: never })).rejects.toThrow('share/a');
    await locked.undo({ into, run: 'RUN', signal: never });
    expect(pictureOf(into)).toEqual(old);
  });
});

describe('on Windows', () => {
  it('a file that is locked for a moment is tried again', async () => {
    const set = makeSet(folder, TREE);
    grow(into, OLD);
    const windows = `Object.defineProperty(process, 'platform', { value: 'win32' });`;
    const locked = await labRestore(windows + failing('renameSync', 'share/b', 'EPERM', '2'));
    expect(await locked.restore(restoreOf(set, into))).toMatchObject({ filesPlaced: 3 });
    expect(restoredIn(into)).toEqual(pictureOf(join(set.path, 'share')));
  });
});

describe('files that come and go while they are restored', () => {
  it('are moved aside or put into place all the same, and undone', async () => {
    const set = makeSet(folder, { coming: 'of the set', going: 'of the set' });
    grow(into, { going: 'old' });
    const moving = await labRestore(
      before(`
        const { openSync } = real;
        real.openSync = (path, flags, ...rest) => {
          if (flags === 'wx') {
            real.rmSync('${join(into, 'going')}', { force: true });
            if (!real.existsSync('${join(into, 'coming')}')) real.writeFileSync('${join(into, 'coming')}', 'came');
            real.openSync = openSync;
          }
          return openSync(path, flags, ...rest);
        };
      `),
      1,
    );
    expect(await moving.restore(restoreOf(set, into))).toMatchObject({ files: 2, filesPlaced: 2, moved: 1 });
    expect(restoredIn(into)).toEqual(pictureOf(join(set.path, 'share')));
    const { warnings } = await (await labRestore()).undo({ into, run: 'RUN', signal: never });
    expect(warnings).toEqual([expect.stringContaining('coming')]);
    expect(readFileSync(join(into, '.sense-runbook-after-RUN/coming'), 'utf8')).toBe('came');
    expect(readdirSync(into)).toEqual(['.sense-runbook-after-RUN']);
  });
});

describe('very many files that came after a restore', () => {
  it('are counted and some of them named when the old ones are put back', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `f${String(index)}`);
    const set = makeSet(folder, Object.fromEntries(names.map((name) => [name, 'of the set'])));
    grow(into, { z: 'z' });
    const whole = await labRestore();
    await whole.restore(restoreOf(set, into));
    grow(into, Object.fromEntries(names.map((name) => [name, 'edited since'])));
    const { warnings } = await whole.undo({ into, run: 'RUN', signal: never });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.match(/after-RUN\/f/g)).toHaveLength(20);
    expect(warnings[0]).toContain('and 10 more');
    expect(readdirSync(join(into, '.sense-runbook-after-RUN'))).toHaveLength(30);
  });
});

describe('a record', () => {
  it('that ends in the middle of a line is gone on with, and undone', async () => {
    const set = makeSet(folder, TREE);
    grow(into, OLD);
    const old = pictureOf(into);
    const whole = await labRestore();
    await whole.restore(restoreOf(set, into));
    const record = join(into, '.sense-runbook-before-RUN/changes.jsonl');
    const { appendFileSync } = await import('node:fs');
    appendFileSync(record, '{"change":"added","pa');
    await whole.restore(restoreOf(makeSet(folder, { ...TREE, e: 'e' }), into));
    appendFileSync(record, '{"change":"removed","pa');
    await whole.undo({ into, made: true, run: 'RUN', signal: never });
    expect(pictureOf(into)).toEqual(old);
  });

  it('of many changes is read from its end in blocks', async () => {
    const names = Array.from(
      { length: 3000 },
      (_, index) => `folder ${String(index % 7)}/${'ä'.repeat(60)} ${String(index)}`,
    );
    const set = makeSet(folder, Object.fromEntries(names.map((name) => [name, ''])));
    const whole = await labRestore();
    expect(await whole.restore(restoreOf(set, into))).toMatchObject({ filesPlaced: 3000 });
    expect(await whole.undo({ into, made: true, run: 'RUN', signal: never })).toEqual({
      changes: 3008,
      warnings: [],
    });
    expect(readdirSync(folder)).toEqual(['vault']);
  });
});
