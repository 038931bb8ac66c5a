import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildBenchSite, type BenchSite } from './bench-site.ts';
import type { Comparison } from './measure.ts';
import { memoryCase } from './memory-case.ts';
import { restoreCases } from './restore-cases.ts';
import { restoreShareCases } from './restore-share-cases.ts';
import { shareCases, type BenchOptions } from './share-cases.ts';
import { downtimeCases, dumpCase } from './site-cases.ts';
import { startUpCases } from './startup-case.ts';

const CASES = ['share', 'memory', 'start-up', 'dumps', 'restore', 'downtime'] as const;
const USAGE = `npm run bench -- [--scale 0.25] [--rounds 3] [--only ${CASES.join(',')}] [--folder DIR] [--json FILE]`;

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '0.25' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: CASES.join(',') },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) say(USAGE);
else await main();

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(values.folder, 'sense-runbook-bench-'));
  const options = { scale: Number(values.scale), rounds: Number(values.rounds), say };
  const chosen = new Set(values.only.split(','));
  const results: Comparison[] = [];
  const notes: string[] = [];
  try {
    const at = (name: string): BenchOptions => ({ ...options, folder: path.join(folder, name) });
    if (chosen.has('share')) results.push(...(await inFolder(at('share'), shareCases)));
    if (chosen.has('restore')) results.push(...(await inFolder(at('restore'), restoreShareCases)));
    if (chosen.has('memory')) notes.push(...(await inFolder(at('memory'), memoryCase)));
    if (['start-up', 'dumps', 'restore', 'downtime'].some((name) => chosen.has(name)))
      results.push(...(await siteCases(at('site'), chosen)));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  report(results, notes);
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify({ schemaVersion: 1, results, notes }, null, 2)}\n`);
}

async function inFolder<T>(options: BenchOptions, work: (options: BenchOptions) => Promise<T>): Promise<T> {
  await mkdir(options.folder, { recursive: true });
  try {
    return await work(options);
  } finally {
    await rm(options.folder, { recursive: true, force: true });
  }
}

async function siteCases(options: BenchOptions, chosen: ReadonlySet<string>): Promise<Comparison[]> {
  const results: Comparison[] = [];
  // Others may enter it: as root the database server runs as another user.
  await chmod(path.dirname(options.folder), 0o755);
  const site: BenchSite = await buildBenchSite(options.folder, options.scale);
  const own = { ...options, folder: path.join(path.dirname(options.folder), 'by hand') };
  try {
    if (chosen.has('start-up')) {
      await site.tool('backup', '--yes');
      results.push(...(await startUpCases(site.siteFile)));
    }
    if (chosen.has('dumps')) results.push(await dumpCase(site, own));
    if (chosen.has('restore')) results.push(...(await restoreCases(site, own)));
    if (chosen.has('downtime'))
      for (const delay of [0, 10_000]) {
        say(`downtime with services that take ${String(delay / 1000)} s`);
        results.push(...(await downtimeCases(site, own, delay)));
      }
    return results;
  } finally {
    await site.demo.remove();
  }
}

function report(results: readonly Comparison[], notes: readonly string[]): void {
  say('');
  say(`Node.js ${process.versions.node}, ${process.platform}, ${String(cpus().length)} processors; medians.`);
  say('');
  say('| what | sense-runbook | compared with | ratio | wanted |');
  say('|---|---|---|---|---|');
  for (const { what, ours, peer, ratio, target } of results)
    say(`| ${what} | ${ours} | ${peer} | ${ratio.toFixed(2)} | ${target.toFixed(2)} |`);
  for (const line of notes) say(`\n${line}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
