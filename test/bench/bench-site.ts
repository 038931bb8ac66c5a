import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { buildDemoSite } from '../../src/demo/build-site.ts';
import type { DemoSite } from '../../src/demo/start-machine.ts';
import { createExec } from '../../src/platform/process/exec.ts';
import { connect } from '../../src/postgres/connect.ts';
import { BENCH_TABLES, plantBenchTables } from './bench-databases.ts';
import { BUNDLE } from './programs.ts';
import { writeBenchShare } from './share-tree.ts';

/** A line of a run's journal, as far as it is looked at here. */
export interface JournalLine {
  readonly type: string;
  readonly at: string;
  readonly step?: string;
}

/** A simulated site with a database and a share of size, and the tool to work on it. */
export interface BenchSite {
  readonly demo: DemoSite;
  readonly siteFile: string;
  readonly passFile: string;
  /** Runs the bundled tool. @throws Error with what it said, when it does not end with 0 */
  tool(...args: string[]): Promise<string>;
  /** A runbook of the benchmark's own, by its name. */
  runbook(name: string, content: object): void;
  /** The journal of the newest run. */
  journal(): JournalLine[];
  /** Milliseconds that every service takes to stop and to start. */
  delay(milliseconds: number): void;
}

/** Builds it in `folder`; `remove` of `demo` must be called in the end. */
export async function buildBenchSite(folder: string, scale: number): Promise<BenchSite> {
  const exec = createExec({ redact: (text) => text });
  const demo = await buildDemoSite({ dir: folder, exec, signal: new AbortController().signal });
  const { paths, cluster } = demo;
  rmSync(paths.share, { recursive: true });
  writeBenchShare(paths.share, scale);
  for (const database of Object.keys(BENCH_TABLES)) {
    const client = await connect(cluster.address, database, {
      applicationName: 'bench',
      statementTimeoutMs: 0,
    });
    try {
      await plantBenchTables(client, database, scale);
    } finally {
      await client.close();
    }
  }
  const passFile = path.join(folder, 'secrets', 'pgpass');
  const password = readFileSync(paths.databasePassword, 'utf8').trim();
  writeFileSync(passFile, `*:*:*:*:${password}\n`, { mode: 0o600 });
  const { siteFile } = paths;
  const site = parse(readFileSync(siteFile, 'utf8')) as { timeouts: Record<string, string> };
  site.timeouts = { 'service-stop': '5m', 'service-start': '5m', ready: '5m' };
  writeFileSync(siteFile, stringify(site));

  return {
    demo,
    siteFile,
    passFile,
    async tool(...args) {
      const { stdout, stderr, exitCode } = await execa(
        process.execPath,
        [BUNDLE, '--site', siteFile, ...args],
        { stdin: 'ignore', reject: false },
      );
      if (exitCode !== 0)
        throw new Error(`${args.join(' ')} ended with ${String(exitCode)}\n${stdout}${stderr}`);
      return stdout;
    },
    runbook(name, content) {
      const own = path.join(path.dirname(siteFile), 'runbooks');
      mkdirSync(own, { recursive: true });
      writeFileSync(path.join(own, `${name}.yaml`), stringify({ name, title: name, ...content }));
    },
    journal() {
      const runs = path.join(paths.state, 'runs');
      const newest = readdirSync(runs).sort().at(-1) ?? '';
      return readFileSync(path.join(runs, newest, 'journal.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as JournalLine);
    },
    delay(milliseconds) {
      for (const node of ['central', 'rim']) {
        const file = path.join(paths.node(node), 'services.json');
        const content = JSON.parse(readFileSync(file, 'utf8')) as {
          readyMs: number;
          services: Record<string, { startMs: number; stopMs: number }>;
        };
        content.readyMs = 0;
        for (const service of Object.values(content.services)) {
          service.startMs = milliseconds;
          service.stopMs = milliseconds;
        }
        writeFileSync(file, JSON.stringify(content));
      }
    },
  };
}
