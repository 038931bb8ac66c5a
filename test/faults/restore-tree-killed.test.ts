import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TreeRestore } from '../../src/vault/restore/tree-restore.ts';
import {
  grow,
  labRestore,
  makeSet,
  pictureOf,
  restoredIn,
  restoreOf,
  TIMES,
} from '../integration/vault/restore-lab.ts';
import { never } from '../integration/vault/vault-lab.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

/** In the sample, every so-many-th call that changes files. */
const EVERY = NO_SAMPLE ? 1 : 23;
const KILL_AT_CALL = new URL('../helpers/kill-at-call.mjs', import.meta.url).href;

const TREE = {
  'Apps/changed': { text: 'a new one', time: TIMES[1] },
  'Apps/same': 'same',
  'in/the/way': 'a file where a folder was not',
  'now a file': 'f',
  'new/folder/x': 'x',
  'empty/': '',
};
const OLD = {
  'Apps/changed': 'an old one',
  'Apps/same': 'same',
  'Apps/extra': 'e',
  in: 'a file where a folder goes',
  'now a file/was/a folder': 'f',
  'extra/one/two': '2',
};

const folder = mkdtempSync(join(tmpdir(), 'sense-runbook-test-'));
const into = join(folder, 'target', 'share');
let whole: TreeRestore;
let programs: { program: string; worker: string };

beforeAll(async () => {
  whole = await labRestore();
  const compile = async (entry: string): Promise<string> => {
    const outfile = join(folder, `${entry.replace(/.*\//, '')}.mjs`);
    await build({
      entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
      ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' },
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    return outfile;
  };
  programs = {
    program: await compile('../helpers/restore-process.ts'),
    worker: pathToFileURL(await compile('../../src/vault/copy-worker.ts')).href,
  };
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Whether it was killed at that call; false: it came to its end before. */
function killed(verb: string, thread: string, calls: number, options: object): boolean {
  const { program, worker } = programs;
  const words = ['--import', KILL_AT_CALL, program, verb, worker, JSON.stringify(options)];
  const env = { ...process.env, TEST_KILL_THREAD: thread, TEST_KILL_CALLS: String(calls) };
  const { signal, status, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
  if (signal === 'SIGKILL') return true;
  expect(status, stderr).toBe(0);
  return false;
}

/** What was there before each attempt: much, or not even the folder. */
const BEGINNINGS = { 'a share': OLD, 'no folder': undefined } as const;

describe.each(['main', 'worker'])('a process that is killed in its %s thread', (thread) => {
  it.each(Object.keys(BEGINNINGS))('while it restores over %s can go on or be undone', async (beginning) => {
    const tree = BEGINNINGS[beginning as keyof typeof BEGINNINGS];
    const set = makeSet(folder, TREE);
    const options = restoreOf(set, into);
    const wanted = pictureOf(join(set.path, 'share'));
    let calls = 0;
    for (let goesOn = true; goesOn; calls += EVERY) {
      for (const resumes of [false, true]) {
        rmSync(join(folder, 'target'), { recursive: true, force: true });
        mkdirSync(join(folder, 'target'));
        if (tree !== undefined) grow(into, tree);
        const before = pictureOf(join(folder, 'target'));
        goesOn = killed('restore', thread, calls, options);
        const place = `${thread} ${String(calls)}`;
        if (resumes) {
          await whole.restore(options);
          expect(restoredIn(into), place).toEqual(wanted);
        }
        await whole.undo({ into, made: true, run: 'RUN', signal: never });
        expect(pictureOf(join(folder, 'target')), place).toEqual(before);
      }
    }
    expect(calls).toBeGreaterThan(EVERY);
  });

  it.each(Object.keys(BEGINNINGS))(
    'while it undoes a restore over %s can be asked again',
    async (beginning) => {
      const tree = BEGINNINGS[beginning as keyof typeof BEGINNINGS];
      const options = restoreOf(makeSet(folder, TREE), into);
      let calls = 0;
      for (let goesOn = true; goesOn; calls += EVERY) {
        rmSync(join(folder, 'target'), { recursive: true, force: true });
        mkdirSync(join(folder, 'target'));
        if (tree !== undefined) grow(into, tree);
        const before = pictureOf(join(folder, 'target'));
        await whole.restore(options);
        goesOn = killed('undo', thread, calls, { ...options, made: true });
        await whole.undo({ into, made: true, run: 'RUN', signal: never });
        expect(pictureOf(join(folder, 'target')), `${thread} ${String(calls)}`).toEqual(before);
      }
      expect(calls).toBeGreaterThan(EVERY);
    },
  );
});

it('removes what is kept for good, also when it was killed in between', async () => {
  const options = restoreOf(makeSet(folder, TREE), into);
  for (let calls = 0, goesOn = true; goesOn; calls += NO_SAMPLE ? 1 : 3) {
    rmSync(join(folder, 'target'), { recursive: true, force: true });
    grow(into, OLD);
    await whole.restore(options);
    const restored = restoredIn(into);
    goesOn = killed('discard', 'main', calls, options);
    await whole.discard(into, 'RUN', never);
    expect(pictureOf(into), String(calls)).toEqual(restored);
    expect(await whole.kept(into, 'RUN', never)).toBeUndefined();
  }
});
