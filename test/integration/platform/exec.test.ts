import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandError, InterruptedError, TimeLimitError } from '../../../src/contract/errors.ts';
import type { ChildIdentity } from '../../../src/contract/node.ts';
import { createExec } from '../../../src/platform/process/exec.ts';
import { posixIdentities } from '../../../src/platform/process/identity.ts';

const programs = path.resolve(import.meta.dirname, '../../fixtures/programs');
const { execPath: node } = process;
const exec = createExec({ redact: (text) => text.replaceAll('s3cret', '***'), graceMs: 300 });
let folder: string;

function program(name: string, ...args: string[]): string[] {
  return [node, path.join(programs, name), ...args];
}

interface Pids {
  child: number;
  grandchild: number;
}

async function pidsFrom(file: string): Promise<Pids> {
  for (;;) {
    try {
      return JSON.parse(await fs.readFile(file, 'utf8')) as Pids;
    } catch {
      await delay(20);
    }
  }
}

async function appears(file: string): Promise<void> {
  while (!existsSync(file)) await delay(20);
}

async function expectGone({ child, grandchild }: Pids): Promise<void> {
  expect(await identify(child)).toBeUndefined();
  expect(await identify(grandchild)).toBeUndefined();
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: unknown) => error,
  );
}

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'exec-test-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await fs.rm(folder, { recursive: true, force: true });
});

const { endProcess, identify, isAlive } = posixIdentities;

describe('what goes in', () => {
  it('passes arguments untouched by any shell', async () => {
    const words = ['a b', '$HOME', '*', `"'`, 'ä\n', ''];
    const { stdout } = await exec(program('echo.js', ...words));
    expect(JSON.parse(stdout)).toEqual({ arguments: words, input: '', env: null });
  });

  it('gives input on stdin and adds to the environment', async () => {
    const input = 'zeile ü\n'.repeat(50_000);
    const { stdout } = await exec(program('echo.js'), {
      input,
      env: { ECHO: 'x' },
      maxOutputBytes: 5_000_000,
    });
    expect(JSON.parse(stdout)).toEqual({ arguments: [], input, env: 'x' });
  });

  it('survives a program that does not read its input', async () => {
    await expect(exec(program('delay.js', '0'), { input: 'x'.repeat(4_000_000) })).resolves.toMatchObject({
      stdout: 'started\ndone\n',
    });
  });

  it.runIf(process.getuid?.() === 0)('runs as another user', async () => {
    const { stdout } = await exec(['id', '-u'], { asUser: { uid: 65534, gid: 65534 } });
    expect(stdout).toBe('65534\n');
  });
});

describe('what comes out', () => {
  it('keeps only the tail of each stream, cut at a whole character', async () => {
    const { stdout, stderr } = await exec(program('noisy.js', '200000'), { maxOutputBytes: 1000 });
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(1000);
    expect(stdout.endsWith('out äöü 200000\n')).toBe(true);
    expect(stderr.endsWith('err äöü 200000\n')).toBe(true);
    expect(stdout).not.toContain('\uFFFD');
  });

  it('streams stdout into a file', async () => {
    const file = path.join(folder, 'out.txt');
    const { stdout } = await exec(program('noisy.js', '50000'), { stdoutFile: file });
    expect(stdout).toBe('');
    const lines = (await fs.readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(50_000);
    expect(lines.at(-1)).toBe('out äöü 50000');
  });

  it('does not wait for a grandchild that keeps the pipes open', async () => {
    const file = path.join(folder, 'pids');
    await exec(program('forever.js', file, 'leave'), { timeoutMs: 60_000 });
    const { grandchild } = await pidsFrom(file);
    const left = await identify(grandchild);
    expect(left).toBeDefined();
    if (left) await endProcess(left, { graceMs: 300 });
  });
});

describe('failures', () => {
  it('names program, code, command and the last lines of stderr, without secrets', async () => {
    const error = await failure(exec([...program('noisy.js', '30', '3'), 's3cret word']));
    expect(error).toBeInstanceOf(CommandError);
    const { message, code, stderr, argv } = error as CommandError;
    expect(code).toBe(3);
    expect(message).toContain(`failed with exit code 3: ${node} `);
    expect(message).toContain(`'*** word'`);
    expect(message.split('\n').slice(1)).toEqual(
      Array.from({ length: 12 }, (_, index) => `err äöü ${19 + index}`),
    );
    expect(stderr).toContain('err äöü 1\n');
    expect(argv.at(-1)).toBe('*** word');
  });

  it('takes the codes of okCodes for success and then 0 no longer', async () => {
    await expect(exec(program('delay.js', '0', '3'), { okCodes: [0, 3] })).resolves.toBeDefined();
    await expect(exec(program('delay.js', '0', '0'), { okCodes: [3] })).rejects.toThrow('exit code 0');
  });

  it('says that a program was not found', async () => {
    const error = await failure(exec(['/nowhere/pg_dump', '--version']));
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      message: 'pg_dump could not be started: the program was not found: /nowhere/pg_dump --version',
      hint: 'Check that /nowhere/pg_dump is installed.',
    });
  });

  it('says that a program may not be run, or that the working folder is missing', async () => {
    const file = path.join(folder, 'text');
    await fs.writeFile(file, 'x', { mode: 0o600 });
    await expect(exec([file])).rejects.toThrow('this user may not run it');
    const error = await failure(exec([node, '-v'], { cwd: path.join(folder, 'missing') }));
    expect((error as CommandError).hint).toContain('missing exists');
  });

  it('leaves what a program with an accepted code left running', async () => {
    const file = path.join(folder, 'pids');
    await exec(program('forever.js', file, 'break'), { okCodes: [1] });
    const left = await identify((await pidsFrom(file)).grandchild);
    expect(left).toBeDefined();
    if (left) await endProcess(left, { graceMs: 300 });
  });

  it('names the signal that ended the program', async () => {
    const error = await failure(exec([node, '-e', 'process.kill(process.pid, "SIGKILL")']));
    expect(error).toMatchObject({ signal: 'SIGKILL', code: undefined });
    expect((error as Error).message).toContain('was ended by SIGKILL');
  });

  it('ends what a failed program left behind', async () => {
    const file = path.join(folder, 'pids');
    await expect(exec(program('forever.js', file, 'break'))).rejects.toThrow('exit code 1');
    await expectGone(await pidsFrom(file));
  });
});

describe('ending the tree', () => {
  it('ends child and grandchild at the time limit', async () => {
    const file = path.join(folder, 'pids');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const call = failure(exec(program('forever.js', file), { timeoutMs: 3_000 }));
    const pids = await pidsFrom(file);
    vi.advanceTimersByTime(2_999);
    expect(await identify(pids.child)).toBeDefined();
    vi.advanceTimersByTime(1);
    const error = await call;
    expect(error).toBeInstanceOf(TimeLimitError);
    expect((error as Error).message).toContain('ran longer than its limit of 3 s and was ended');
    await expectGone(pids);
  });

  it('ends them on abort with the reason of the signal, also when they ignore SIGTERM', async () => {
    const file = path.join(folder, 'pids');
    const controller = new AbortController();
    const reason = new InterruptedError('stopped by the user');
    const call = failure(exec(program('forever.js', file, 'deaf'), { signal: controller.signal }));
    const pids = await pidsFrom(file);
    controller.abort(reason);
    expect(await call).toBe(reason);
    await expectGone(pids);
  });

  it('an abort during the grace of a time limit ends them at once; the first reason counts', async () => {
    const file = path.join(folder, 'pids');
    const controller = new AbortController();
    const patient = createExec({ redact: (text) => text, graceMs: 3_600_000 });
    const options = { signal: controller.signal, timeoutMs: 3_000 };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const call = failure(patient(program('forever.js', file, 'deaf'), options));
    const pids = await pidsFrom(file);
    vi.advanceTimersByTime(3_000);
    await appears(`${file}.asked`);
    controller.abort();
    expect(await call).toBeInstanceOf(TimeLimitError);
    await expectGone(pids);
  });

  it('starts nothing when the signal is aborted already', async () => {
    const file = path.join(folder, 'out.txt');
    const reason = new InterruptedError('before');
    const options = { signal: AbortSignal.abort(reason), stdoutFile: file };
    expect(await failure(exec(program('delay.js', '0'), options))).toBe(reason);
    await expect(fs.stat(file)).rejects.toThrow('ENOENT');
  });

  it('leaves no child behind when this process ends by itself', async () => {
    const file = path.join(folder, 'pids');
    const script = path.join(programs, 'exec-and-end.ts');
    await promisify(execFile)(node, ['--import', 'tsx', script, file]);
    const pids = await pidsFrom(file);
    while ((await identify(pids.child)) ?? (await identify(pids.grandchild))) await delay(20);
  });
});

describe('identity', () => {
  it('is told when the child runs and can be used to end it and its group', async () => {
    const file = path.join(folder, 'pids');
    let identity: ChildIdentity | undefined;
    const call = failure(exec(program('forever.js', file), { onSpawn: (child) => (identity = child) }));
    const pids = await pidsFrom(file);
    expect(identity?.pid).toBe(pids.child);
    if (identity === undefined) return;
    expect(await isAlive(identity)).toBe(true);

    const other = { pid: identity.pid, startedAt: `${identity.startedAt}0` };
    expect(await isAlive(other)).toBe(false);
    expect(await endProcess(other)).toBe(false);
    expect(await isAlive(identity)).toBe(true);

    expect(await endProcess(identity, { graceMs: 300 })).toBe(true);
    expect(await call).toBeInstanceOf(CommandError);
    await expectGone(pids);
    expect(await endProcess(identity)).toBe(false);
  });

  it('is the same text each time for the same process', async () => {
    expect(await identify(process.pid)).toEqual(await identify(process.pid));
  });

  it('ends the child and gives the error when onSpawn throws', async () => {
    const file = path.join(folder, 'pids');
    let seen: ChildIdentity | undefined;
    const error = await failure(
      exec(program('forever.js', file), {
        onSpawn: (child) => {
          seen = child;
          throw new Error('journal is full');
        },
      }),
    );
    expect((error as Error).message).toBe('journal is full');
    expect(seen && (await isAlive(seen))).toBe(false);
  });
});
