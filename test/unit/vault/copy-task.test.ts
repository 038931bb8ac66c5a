import nodeFs, {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCopyTask, type CopyCollaborators } from '../../../src/vault/copy-task.ts';
import { CancelledError, isReadOnly, type FileCalls } from '../../../src/vault/file-tasks.ts';
import type { CopyJob, CopyOutcome, CopyTask, EarlierFile } from '../../../src/vault/worker-protocol.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

function failing(code: string): () => never {
  return () => {
    throw Object.assign(new Error(`${code}: injected`), { code });
  };
}

let folder: string;
let job: CopyJob;

beforeEach(() => {
  folder = temporaryFolder();
  for (const name of ['from', 'set/share', 'old/share']) mkdirSync(join(folder, name), { recursive: true });
  job = {
    from: join(folder, 'from'),
    to: join(folder, 'set', 'share'),
    sources: [],
    keepChanged: false,
    patient: false,
  };
});

function run(
  task: Partial<CopyTask> & { path: string },
  change: Partial<CopyJob> = {},
  files: Partial<FileCalls> = {},
  more: Partial<CopyCollaborators> = {},
): CopyOutcome {
  return runCopyTask(
    { ...job, ...change },
    { kind: 'file', ...task },
    {
      files: { ...nodeFs, ...files },
      buffer: Buffer.alloc(1024 * 1024),
      temporary: join(folder, 'set', '.partial-test'),
      isCancelled: () => false,
      windows: false,
      onBytes: () => undefined,
      ...more,
    },
  );
}

function source(path: string, content: string | Buffer = 'content'): EarlierFile {
  const file = join(folder, 'from', path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  const { size, mtimeNs } = statSync(file, { bigint: true });
  return { source: 0, size: Number(size), mtimeNs: String(mtimeNs), sha256: sha256(content), added: true };
}

/** What an outcome tells of a file that was copied, besides its status. */
function told({ size, mtimeNs, sha256: hash }: EarlierFile): object {
  return { size, mtimeNs, sha256: hash };
}

/** The file as an earlier set has it. */
function old(path: string, content: string, earlier: EarlierFile, trusted = true): Pick<CopyJob, 'sources'> {
  const file = join(folder, 'old', 'share', path);
  writeFileSync(file, content);
  utimesSync(file, Number(earlier.mtimeNs) / 1e9, Number(earlier.mtimeNs) / 1e9);
  return { sources: [{ folder: join(folder, 'old', 'share'), trusted }] };
}

const own = (): Pick<CopyJob, 'sources'> => ({ sources: [{ folder: job.to, trusted: true }] });
const copied = (path: string): string => readFileSync(join(folder, 'set', 'share', path), 'utf8');
const leftOver = (): string[] =>
  readdirSync(join(folder, 'set')).filter((name) => name.startsWith('.partial-'));

/** A file system call that fails so many times, as with a file that another program has open, and then works. */
function lockedFor<Call extends (...given: never[]) => unknown>(times: number, call: Call): Call {
  let left = times;
  const locked = (...given: never[]): unknown => {
    left -= 1;
    if (left >= 0) return failing('EBUSY')();
    return call(...given);
  };
  return locked as unknown as Call;
}

describe('a file that another program has open on Windows', () => {
  const patient = { patient: true };
  const windows = { windows: true };

  it('is copied once it lets go, also of the copy, which a virus scanner looks at', () => {
    const expected = source('held');
    const files = {
      openSync: lockedFor(2, nodeFs.openSync),
      renameSync: lockedFor(2, nodeFs.renameSync),
    };
    expect(run({ path: 'held' }, patient, files, windows)).toEqual({ status: 'copied', ...told(expected) });
    expect(copied('held')).toBe('content');
  });

  it('is named when that lasts, and at once where the pass after this one takes it', () => {
    source('held');
    const trouble = { status: 'trouble', reason: 'unreadable', message: 'cannot be read: EBUSY: injected' };
    let calls = 0;
    const openSync = (): never => ((calls += 1), failing('EBUSY')());
    expect(run({ path: 'held' }, {}, { openSync }, windows)).toEqual(trouble);
    expect(run({ path: 'held' }, patient, { openSync })).toEqual(trouble);
    expect(calls).toBe(2);
    const isCancelled = () => calls > 4;
    expect(() => run({ path: 'held' }, patient, { openSync }, { ...windows, isCancelled })).toThrow(
      CancelledError,
    );
  });
});

describe('copying one file', () => {
  it('gives the hash of what was written and keeps the time', () => {
    const expected = source('a/b.txt', 'hello');
    expect(run({ path: 'a/b.txt' })).toEqual({ status: 'copied', ...told(expected) });
    expect(copied('a/b.txt')).toBe('hello');
    const apart =
      statSync(join(folder, 'set', 'share', 'a', 'b.txt'), { bigint: true }).mtimeNs -
      BigInt(expected.mtimeNs);
    // A time is given in seconds as a double: it holds microseconds, and the last of them is rounded.
    expect(Math.abs(Number(apart))).toBeLessThan(2000);
    expect(leftOver()).toEqual([]);
  });

  it('tells that it is read-only, also where an earlier set has it as it is but for that; the copy may be written', () => {
    const expected = source('locked', 'fixed');
    chmodSync(join(folder, 'from', 'locked'), 0o444);
    expect(run({ path: 'locked' })).toEqual({ status: 'copied', ...told(expected), readOnly: true });
    expect(isReadOnly(statSync(join(folder, 'set', 'share', 'locked')))).toBe(false);
    const kept = { status: 'kept', version: 0 };
    expect(run({ path: 'locked', earlier: [expected] }, own())).toEqual({ ...kept, readOnly: true });
    chmodSync(join(folder, 'from', 'locked'), 0o644);
    expect(run({ path: 'locked', earlier: [{ ...expected, readOnly: true }] }, own())).toEqual(kept);
  });

  it('copies files of 0 bytes, of one block and a little more', () => {
    for (const size of [0, 1024 * 1024, 1024 * 1024 + 1, 3_500_000]) {
      const expected = source('sized', Buffer.alloc(size, 'x'));
      expect(run({ path: 'sized', whole: true })).toEqual({ status: 'copied', ...told(expected) });
    }
  });

  it('gives a large file back unless it is asked for', () => {
    source('large', Buffer.alloc(1024 * 1024 + 1));
    expect(run({ path: 'large' })).toEqual({ status: 'large' });
    expect(readdirSync(join(folder, 'set', 'share'))).toEqual([]);
  });

  it('tells a file that is gone', () => {
    expect(run({ path: 'gone' })).toMatchObject({ status: 'trouble', reason: 'vanished' });
  });

  it('tells a source that cannot be read, and leaves nothing behind', () => {
    source('bad');
    const outcome = run({ path: 'bad' }, {}, { readSync: failing('EIO') });
    expect(outcome).toMatchObject({
      status: 'trouble',
      reason: 'unreadable',
      message: 'cannot be read: EIO: injected',
    });
    expect(leftOver()).toEqual([]);
  });

  it('tells a full vault apart from a bad source, and leaves nothing behind', () => {
    source('a');
    expect(run({ path: 'a' }, {}, { writeSync: failing('ENOSPC') })).toEqual({
      status: 'failed',
      target: join(folder, 'set', 'share', 'a'),
      code: 'ENOSPC',
      message: 'ENOSPC: injected',
    });
    expect(leftOver()).toEqual([]);
  });

  it('writes on when one call wrote only a part', () => {
    source('a', 'a long sentence');
    const writeSync = ((handle: number, block: Buffer, offset: number) =>
      nodeFs.writeSync(handle, block, offset, Math.min(4, block.length - offset))) as FileCalls['writeSync'];
    run({ path: 'a' }, {}, { writeSync });
    expect(copied('a')).toBe('a long sentence');
  });

  it('gives up between two blocks when it is told to', () => {
    source('a', Buffer.alloc(2_000_000));
    let blocks = 0;
    const isCancelled = (): boolean => (blocks += 1) > 1;
    expect(() => run({ path: 'a', whole: true }, {}, {}, { isCancelled })).toThrow(CancelledError);
    expect(leftOver()).toEqual([]);
  });
});

describe('a file that changes while it is read', () => {
  const growing = (): Partial<FileCalls> => ({
    readSync: (...all) => {
      nodeFs.appendFileSync(join(folder, 'from', 'log'), 'more');
      return nodeFs.readSync(...all);
    },
  });

  it('is trouble', () => {
    source('log', 'begin');
    expect(run({ path: 'log' }, {}, growing())).toMatchObject({ status: 'trouble', reason: 'changed' });
    expect(readdirSync(job.to)).toEqual([]);
    expect(leftOver()).toEqual([]);
  });

  it('is kept as it was read where that is wanted', () => {
    source('log', 'begin');
    expect(run({ path: 'log' }, { keepChanged: true }, growing())).toMatchObject({
      status: 'copied',
      changed: true,
      size: 5,
      sha256: sha256('begin'),
    });
    expect(copied('log')).toBe('begin');
  });

  it('is found although its size stays', () => {
    source('same-size', 'aaaa');
    const files: Partial<FileCalls> = {
      readSync: (...all) => {
        const read = nodeFs.readSync(...all);
        writeFileSync(join(folder, 'from', 'same-size'), 'bbbb');
        utimesSync(join(folder, 'from', 'same-size'), 1, 1);
        return read;
      },
    };
    expect(run({ path: 'same-size' }, {}, files)).toMatchObject({ status: 'trouble', reason: 'changed' });
  });
});

describe('an unchanged file', () => {
  it('is kept without being read', () => {
    const earlier = source('a');
    run({ path: 'a' });
    const outcome = run({ path: 'a', earlier: [earlier] }, own(), { readSync: failing('EIO') });
    expect(outcome).toEqual({ status: 'kept', version: 0 });
  });

  it('is copied again when its copy is gone or is not the one that was written', () => {
    const earlier = source('a');
    expect(run({ path: 'a', earlier: [earlier] }, own())).toMatchObject({ status: 'copied' });
    writeFileSync(join(job.to, 'a'), 'contenT');
    utimesSync(join(job.to, 'a'), 5, 5);
    expect(run({ path: 'a', earlier: [earlier] }, own())).toMatchObject({ status: 'copied' });
  });

  it('is linked into the other set', () => {
    const earlier = source('a');
    expect(run({ path: 'a', earlier: [earlier] }, old('a', 'content', earlier))).toEqual({
      status: 'linked',
      version: 0,
    });
    expect(statSync(join(job.to, 'a')).ino).toBe(statSync(join(folder, 'old', 'share', 'a')).ino);
  });

  it('takes the place of what an attempt before had left there', () => {
    const earlier = source('a');
    writeFileSync(join(job.to, 'a'), 'half');
    run({ path: 'a', earlier: [earlier] }, old('a', 'content', earlier));
    expect(copied('a')).toBe('content');
  });

  it.each(['EMLINK', 'EXDEV', 'EPERM', 'ENOTSUP'])('is copied when it cannot be linked: %s', (code) => {
    const earlier = source('a');
    const change = old('a', 'content', earlier);
    expect(run({ path: 'a', earlier: [earlier] }, change, { linkSync: failing(code) })).toMatchObject({
      status: 'copied',
      unlinked: code,
    });
    expect(copied('a')).toBe('content');
  });

  it('is linked into the next set when the first one has it no more as it was', () => {
    const earlier = source('a');
    const { sources } = old('a', 'content', earlier);
    const gone = { folder: join(folder, 'gone'), trusted: true };
    const versions = [earlier, { ...earlier, source: 1, added: false }];
    expect(run({ path: 'a', earlier: versions }, { sources: [gone, ...sources] })).toEqual({
      status: 'linked',
      version: 1,
    });
  });

  it.each(['another size', 'another time'])('is copied when the file in the earlier set has %s', (what) => {
    const earlier = source('a');
    const change = old('a', 'content', earlier);
    const file = join(folder, 'old', 'share', 'a');
    if (what === 'another size') nodeFs.appendFileSync(file, '!');
    utimesSync(
      file,
      Number(earlier.mtimeNs) / 1e9,
      Number(earlier.mtimeNs) / 1e9 + (what === 'another time' ? 60 : 0),
    );
    expect(run({ path: 'a', earlier: [earlier] }, change)).toMatchObject({ status: 'copied' });
    expect(copied('a')).toBe('content');
  });

  it('is hashed before it is linked when its set may not have reached the disk', () => {
    const earlier = source('a');
    const change = old('a', '\0\0\0\0\0\0\0', earlier, false);
    expect(run({ path: 'a', earlier: [earlier] }, change)).toMatchObject({ status: 'copied' });
    expect(copied('a')).toBe('content');
    const good = old('a', 'content', earlier, false);
    expect(run({ path: 'a', earlier: [earlier] }, good)).toMatchObject({ status: 'linked' });
  });

  it('is not the same when only a nanosecond differs', () => {
    const earlier = source('a');
    run({ path: 'a' });
    const other = { ...earlier, mtimeNs: String(BigInt(earlier.mtimeNs) + 1n) };
    expect(run({ path: 'a', earlier: [other] }, own())).toMatchObject({ status: 'copied' });
  });
});

describe('files and folders that change places between two passes', () => {
  it('make room for each other', () => {
    source('x', 'file');
    run({ path: 'x' });
    nodeFs.rmSync(join(folder, 'from', 'x'));
    source('x/y', 'deep');
    expect(run({ path: 'x/y' })).toMatchObject({ status: 'copied' });
    expect(run({ kind: 'remove', path: 'x' })).toEqual({ status: 'removed' });
    expect(copied('x/y')).toBe('deep');
    nodeFs.rmSync(join(folder, 'from', 'x'), { recursive: true });
    source('x', 'file again');
    expect(run({ path: 'x' })).toMatchObject({ status: 'copied' });
    expect(run({ kind: 'remove', path: 'x/y' })).toEqual({ status: 'removed' });
    expect(copied('x')).toBe('file again');
  });

  it('keeps an empty folder', () => {
    mkdirSync(join(folder, 'from', 'empty'));
    expect(run({ kind: 'folder', path: 'empty/' })).toMatchObject({ status: 'folder' });
    expect(readdirSync(job.to)).toEqual(['empty']);
  });
});
