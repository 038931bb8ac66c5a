import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';

const BUNDLE = path.resolve(import.meta.dirname, '../../dist/bin.js');

/** A command that goes on. */
export interface Running {
  readonly child: ChildProcess;
  /** What it printed up to now, both streams. */
  readonly output: () => string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

/** A new folder for each test, and commands of the bundle whose temporary files go there. */
export function useDemo(): { folder: () => string; start: (...args: string[]) => Running } {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'démo '));
    await chmod(folder, 0o711);
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return {
    folder: () => folder,
    start(...args) {
      const child = spawn(process.execPath, [BUNDLE, ...args], {
        env: { ...process.env, TMPDIR: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      return { child, output: () => output, ended };
    },
  };
}
