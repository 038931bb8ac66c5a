import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../../src/contract/errors.ts';
import { createNarrator, waitUntil } from '../../../src/demo/narrator.ts';
import type { Narrator } from '../../../src/demo/narrator.ts';
import { posixIdentities } from '../../../src/platform/process/identity.ts';

/** Ends with the code given as its first word; `wait` waits, notes that it does, and notes every SIGINT before it ends with 130. */
const TOOL = `
import { appendFileSync } from 'node:fs';
const [log, , , word] = process.argv.slice(2);
if (word === 'wait') {
  process.on('SIGINT', () => { appendFileSync(log, 'SIGINT\\n'); setTimeout(() => process.exit(130), 50); });
  setInterval(() => {}, 1000);
  appendFileSync(log, 'waiting ' + process.pid + '\\n');
} else process.exit(Number(word));
`;

let folder: string;
let log: string;
let lines: string[];
let abort: AbortController;
let narrator: Narrator;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'narrator-'));
  log = path.join(folder, 'log');
  const tool = path.join(folder, 'tool ü.mjs');
  await writeFile(tool, TOOL);
  lines = [];
  abort = new AbortController();
  narrator = createNarrator({
    program: [process.execPath, tool, log],
    siteFile: '/demo/site.yaml',
    print: (line) => lines.push(line),
    signal: abort.signal,
  });
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function waiting(): Promise<void> {
  const noted = () => existsSync(log) && readFileSync(log, 'utf8').endsWith('\n');
  await waitUntil(noted, AbortSignal.timeout(30_000));
}

describe('the narrator of the demo', () => {
  it('prints a command before it runs it, and takes the exit code it expects', async () => {
    await narrator.command(['5', 'a b'], 5);
    expect(lines).toEqual(["\n$ sense-runbook --site /demo/site.yaml 5 'a b'"]);
  });

  it('stops when a command ends with another exit code', async () => {
    await expect(narrator.command(['3'], 0)).rejects.toThrow(/`3` ended with exit code 3; 0 was expected/);
  });

  it.skipIf(process.platform === 'win32')(
    'passes an interruption on once and waits for the command to end',
    async () => {
      const running = narrator.command(['wait'], 0);
      await waiting();
      abort.abort(new InterruptedError('Ctrl+C'));
      await expect(running).rejects.toThrow(InterruptedError);
      expect(await readFile(log, 'utf8')).toMatch(/^waiting \d+\nSIGINT\n$/);
    },
  );

  it('kills the command at the moment that was asked for', async () => {
    await narrator.killed(['wait'], waiting);
    const pid = Number(/\d+/.exec(await readFile(log, 'utf8'))?.[0]);
    expect(pid).toBeGreaterThan(1);
    expect(await posixIdentities.identify(pid)).toBeUndefined();
  });

  it('says so when the command ends before the moment', async () => {
    const never = (over: AbortSignal) => waitUntil(() => false, over);
    await expect(narrator.killed(['0'], never)).rejects.toThrow(/ended before it could be killed/);
  });

  it('starts nothing more after an interruption', async () => {
    abort.abort(new InterruptedError('Ctrl+C'));
    await expect(narrator.command(['0'], 0)).rejects.toThrow(InterruptedError);
    expect(lines).toEqual([]);
  });
});
