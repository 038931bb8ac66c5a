import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { SERVICES } from './registry.ts';
import { endPrefix, windowsPath, wineCommand, wineEnvironment } from './wine.ts';

const BUNDLE = fileURLToPath(new URL('../../../dist/bin.js', import.meta.url));
const RUN_LIMIT_MS = 900_000;
const BOOT_LIMIT_MS = 600_000;

/** How a Windows program ended. Of the exit code Linux sees the lowest eight bits. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program is run with besides its arguments. */
interface ProgramOptions {
  readonly input?: string;
}

/** A program that runs. */
export interface StartedProgram {
  readonly ended: Promise<ProgramEnd>;
  /** What it has written to stderr until now. */
  readonly stderr: () => string;
  /** Ends it at once, as a power failure would. */
  kill(): void;
}

/** A program that runs in a console. */
export interface ProgramInConsole extends Omit<StartedProgram, 'kill'> {
  /** Ctrl+C, which every program of the console gets. */
  pressCtrlC(): void;
}

/** A Windows machine of one test file's own. */
export interface WindowsLab {
  /** What is C: there. */
  readonly drive: string;
  /** The path as Windows has it. */
  windows(path: string): string;
  /** Runs the bundle in Windows Node.js. */
  tool(args: readonly string[], options?: ProgramOptions): Promise<ProgramEnd>;
  /** Runs a program by its Windows path, or one of system32 by name. */
  run(argv: readonly string[]): Promise<ProgramEnd>;
  /** Starts a program that goes on while the test does other things. */
  start(argv: readonly string[]): StartedProgram;
  /** Starts the bundle, like `tool`. */
  startTool(args: readonly string[]): StartedProgram;
  /** Starts the bundle in a console, as a person does. */
  toolInConsole(args: readonly string[]): ProgramInConsole;
  /** `QlikSenseEngineService` to `RUNNING`. */
  states(): Promise<Record<string, string>>;
  /** How a service fails from now on, in the words of service.c; nothing: it does not. */
  fault(service: string, how?: string): void;
  /** What the services were told since the last call, in order: `stop QlikSenseEngineService`. */
  told(): string[];
  /** The scripts that the stand-in for PowerShell was given since the last call, each with its input, in order. */
  scripts(): [script: string, input: unknown][];
  /** What the stand-in for PowerShell answers to a script, and to a script about one thumbprint. */
  answer(script: string, value: unknown, thumbprint?: string): void;
  close(): Promise<void>;
}

/** Copies the laboratory's prefix, boots it and waits until its services run. */
export async function openWindowsLab(): Promise<WindowsLab> {
  const provided = inject('windowsLab');
  if (provided === undefined) throw new Error('there is no Wine here');
  const folder = mkdtempSync(join(provided.runs, 'lab-'));
  const prefix = join(folder, 'prefix');
  copyPrefix(join(provided.cache, 'prefix'), prefix);
  const drive = join(prefix, 'drive_c');
  const env = wineEnvironment(prefix);
  const log = join(drive, 'lab', 'services', 'log.txt');
  const holding = join(drive, 'lab', 'holding');
  writeFileSync(log, '');
  writeFileSync(holding, '');
  const asked = join(drive, 'lab', 'powershell', 'calls.txt');
  writeFileSync(asked, '');
  let seen = 0;
  let seenCalls = 0;
  let count = 0;

  function start(argv: readonly string[], options: ProgramOptions = {}): StartedProgram {
    // Windows Node.js under Wine cannot use the pipes and sockets of Linux as its own input and output.
    count += 1;
    const files = ['in', 'out', 'err'].map((name) => join(folder, `${String(count)}-${name}`));
    const [input = '', out = '', err = ''] = files;
    writeFileSync(input, options.input ?? '');
    const stdio = [openSync(input, 'r'), openSync(out, 'w'), openSync(err, 'w')];
    const child = spawn(...wineCommand(argv), { env, stdio });
    for (const descriptor of stdio) closeSync(descriptor);
    const timer = setTimeout(() => child.kill('SIGKILL'), RUN_LIMIT_MS);
    const ended = new Promise<ProgramEnd>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        clearTimeout(timer);
        resolve({ code, stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') });
      });
    });
    return { ended, stderr: () => readFileSync(err, 'utf8'), kill: () => child.kill('SIGKILL') };
  }
  const startTool = (args: readonly string[], options: ProgramOptions = {}, before: readonly string[] = []) =>
    start([...before, 'C:\\node\\node.exe', windowsPath(prefix, BUNDLE), ...args], options);
  const run = (argv: readonly string[]) => start(argv).ended;

  async function states(): Promise<Record<string, string>> {
    const { stdout } = await run(['sc.exe', 'query', 'type=', 'service', 'state=', 'all']);
    const found = [...stdout.matchAll(/^SERVICE_NAME: (Qlik\w+)[^]*?STATE +: \d+ +(\w+)/gm)];
    return Object.fromEntries(found.map(([, name = '', state = '']) => [name, state]));
  }

  const holder = start(['C:\\lab\\bin\\holder.exe', 'C:\\lab\\holding']);
  const deadline = Date.now() + BOOT_LIMIT_MS;
  while (Object.values(await states()).filter((state) => state === 'RUNNING').length < SERVICES.length) {
    if (Date.now() > deadline) throw new Error(`the services do not run: ${JSON.stringify(await states())}`);
    await delay(100);
  }
  seen = readFileSync(log).length;

  return {
    drive,
    windows: (path) => windowsPath(prefix, path),
    run,
    start,
    states,
    tool: (args, options) => startTool(args, options).ended,
    startTool: (args) => startTool(args),
    toolInConsole(args) {
      const pressed = join(drive, 'lab', `ctrl-c-${String(count)}`);
      const console = ['C:\\lab\\bin\\console.exe', windowsPath(prefix, pressed)];
      const { ended, stderr } = startTool(args, {}, console);
      return { ended, stderr, pressCtrlC: () => writeFileSync(pressed, '') };
    },
    fault(service, how) {
      const file = join(drive, 'lab', 'services', `${service}.txt`);
      if (how === undefined) rmSync(file, { force: true });
      else writeFileSync(file, how);
    },
    scripts() {
      const calls = readFileSync(asked, 'utf8').split('\n').slice(0, -1);
      const since = calls.slice(seenCalls);
      seenCalls = calls.length;
      return since.map((line) => {
        const at = line.indexOf(' ');
        return [line.slice(0, at), JSON.parse(line.slice(at)) as unknown];
      });
    },
    told() {
      const text = readFileSync(log, 'utf8');
      const since = text
        .slice(seen)
        .split('\r\n')
        .filter((line) => line !== '');
      seen = text.length;
      return since;
    },
    answer(script, value, thumbprint) {
      const name = thumbprint === undefined ? script : `${script}.${thumbprint}`;
      writeFileSync(join(drive, 'lab', 'powershell', `${name}.json`), JSON.stringify({ ok: true, value }));
    },
    async close() {
      rmSync(holding, { force: true });
      endPrefix(prefix);
      await holder.ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Programs and libraries are linked, what Wine writes is copied: it writes into a file with several names in place. */
function copyPrefix(from: string, to: string): void {
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    // The cache lies on another disk.
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
  }
  for (const name of readdirSync(from).filter((entry) => entry.endsWith('.reg'))) {
    rmSync(join(to, name));
    cpSync(join(from, name), join(to, name));
  }
}

/** Writes a file with the folders above it. */
export function put(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
