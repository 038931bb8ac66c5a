import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { stringify } from 'yaml';
import { qlikServices, setUpSimulatedNode } from '../../src/platform/simulated/set-up.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

/** A real site to be rehearsed, and what a test may look at. */
export interface RealSite {
  /** Runs the bundle without a terminal, its temporary files in the test's folder; Ctrl+C once `interruptAt` is shown. */
  run(
    args: readonly string[],
    interruptAt?: string,
  ): Promise<{ code: number | null; out: string; err: string }>;
  /** Every file and folder of the real site with its mode, times and content. */
  everything(): Record<string, string>;
  /** Of the real database server, by anyone. */
  connections(): number;
  /** What is left in the folder for temporary files. */
  temporary(): string[];
}

let folder: string;
let real: string;
let temporary: string;
/** Stands for the real database server, and counts who comes. */
let server: Server;
let connections = 0;

/** Makes a real site anew for each test of the file. Call it at the top of the file. */
export function useRealSite(): RealSite {
  beforeEach(openRealSite);
  afterEach(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { run, everything, connections: () => connections, temporary: () => readdirSync(temporary) };
}

async function openRealSite(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal ä '));
  chmodSync(folder, 0o711);
  [real, temporary] = [join(folder, 'real'), join(folder, 'tmp')];
  mkdirSync(temporary);
  chmodSync(temporary, 0o711);
  connections = 0;
  server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  await makeRealSite((server.address() as AddressInfo).port);
}

/** A central and two rim nodes, one of them a failover candidate; a share, a vault and a state folder with files. */
async function makeRealSite(port: number): Promise<void> {
  for (const name of ['share/Apps', 'vault/acme', 'state/runs', 'qvd']) {
    mkdirSync(join(real, name), { recursive: true });
    writeFileSync(join(real, name, 'file'), name);
  }
  const nodes = [
    { name: 'qs1', host: 'qs1.acme.example', role: 'central' },
    { name: 'qs2', host: 'qs2.acme.example', role: 'rim', 'failover-candidate': true },
    { name: 'qs3', host: 'qs3.acme.example', role: 'rim' },
  ];
  for (const { name, role } of nodes)
    await setUpSimulatedNode({
      folder: join(real, 'nodes', name),
      services: qlikServices({ withDatabase: role === 'central', startMs: 1, stopMs: 1 }),
      now: new Date(),
    });
  const touch = ['touch', join(real, 'touched')];
  const site = {
    name: 'acme',
    nodes: nodes.map((node) => ({
      ...node,
      transport: 'simulated',
      folder: join(real, 'nodes', node.name),
    })),
    database: { host: '127.0.0.1', port, password: { env: 'NO_SUCH_PASSWORD' } },
    share: { root: join(real, 'share') },
    certificates: { password: { secret: 'never-stored' } },
    extra: [{ name: 'qvd', folder: join(real, 'qvd') }],
    vault: { folder: join(real, 'vault') },
    state: join(real, 'state'),
    hooks: [
      {
        runbook: 'backup',
        before: [{ id: 'tell', title: 'Tell', uses: 'command.run', with: { argv: touch, effect: 'change' } }],
      },
    ],
  };
  writeFileSync(join(real, 'site.yaml'), stringify(site));
}

function everything(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(real, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mode, mtimeMs, ctimeMs, size } = lstatSync(path);
    const hash = entry.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
    found[relative(real, path)] = [mode, mtimeMs, ctimeMs, size, hash].join(' ');
  }
  return found;
}

async function run(
  args: readonly string[],
  interruptAt?: string,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [BUNDLE, '--site', join(real, 'site.yaml'), ...args], {
    env: { ...process.env, TMPDIR: temporary, TEMP: temporary, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err, interrupted] = ['', '', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (interruptAt === undefined || interrupted || !out.includes(interruptAt)) return;
    interrupted = true;
    child.kill('SIGINT');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}
