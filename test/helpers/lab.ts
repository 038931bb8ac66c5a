import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { inject } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import type { DemoSite } from '../../src/demo/start-machine.ts';
import { writeDemoNodes } from '../../src/demo/nodes.ts';
import { writeProgramFiles } from '../../src/demo/program-files.ts';
import { demoSiteFile } from '../../src/demo/site-file.ts';
import { demoPaths } from '../../src/demo/site-paths.ts';
import { copyDemoSite } from './lab-template.ts';
import { makeOpenFolder } from './postgres.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));
const KILL_AT = new URL('kill-at.mjs', import.meta.url);

/** How the tool ended. */
export interface ToolResult {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and how a run is to be cut off; see kill-at.mjs. */
export interface Cut {
  readonly at: string;
  readonly occurrence?: number;
  readonly afterMs?: number;
  /** What happens there; `EIO`: the line cannot be written, once. */
  readonly signal?: 'SIGKILL' | 'SIGINT' | 'SIGTERM' | 'EIO';
  /** Send the signal a second time so much later. */
  readonly againMs?: number;
}

/** Options of one run of the bundle. */
export interface ToolOptions {
  readonly cut?: Cut;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
  /** After so long it is killed; default: 4 minutes. */
  readonly timeoutMs?: number;
}

/** One site of its own on the shared database server: own nodes, vault, state and share. */
export interface LabSite {
  readonly folder: string;
  readonly siteFile: string;
  readonly vault: string;
  readonly state: string;
  readonly share: string;
  node(name: 'central' | 'rim'): string;
  /** Runs the bundle with this site. */
  run(args: readonly string[], options?: ToolOptions): Promise<ToolResult>;
  /** Changes site.yaml. */
  edit(change: (site: Record<string, unknown>) => void): void;
  /** Changes services.json of a node. */
  services(node: 'central' | 'rim', change: (file: ServicesFile) => void): void;
  /** State of every service, `central/QlikSenseEngineService` to `running`. */
  states(): Record<string, string>;
}

/** As far as tests change it. */
export interface ServicesFile {
  readyMs: number;
  services: Record<
    string,
    {
      state: string;
      startType: string;
      delayed?: boolean;
      since: string;
      startMs?: number;
      stopMs?: number;
      next?: { state: string; at: string };
      fail?: {
        start?: number | string;
        stop?: number | string;
        config?: number;
        times?: number;
        lateMs?: number;
      };
    }
  >;
}

/** What a new site is like. */
interface SiteOptions {
  /** Files in its share. */
  readonly shareFiles?: number;
  /** Fewer services and configuration files: for tests that make very many runs. */
  readonly small?: boolean;
}

/** A database server with the four databases, and sites on it. One a test file. */
export interface Lab {
  readonly demo: DemoSite;
  /** Files of the share that each new site gets; small, so that many runs are quick. */
  site(options?: SiteOptions): LabSite;
  close(): Promise<void>;
}

/** Starts the lab: a copy of the demo site that vitest built, whose cluster all sites of it use. */
export async function openLab(): Promise<Lab> {
  const folder = await makeOpenFolder('sense-runbook-lab-');
  const demo = await copyDemoSite(inject('labTemplate'), join(folder, 'demo'));
  const sites: LabSite[] = [];
  return {
    demo,
    site({ shareFiles = 12, small = false } = {}) {
      const site = makeSite(demo, join(folder, `site ${String(sites.length + 1)} ä`), shareFiles);
      if (small) makeSmall(site);
      sites.push(site);
      return site;
    },
    async close() {
      removeInstallerLogs(sites);
      await demo.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What installers wrote for the runs of these sites lies in the temporary folder of Windows, here that of the machine. */
function removeInstallerLogs(sites: readonly LabSite[]): void {
  const runs = sites.flatMap(({ state }) => {
    const folder = join(state, 'runs');
    return existsSync(folder) ? readdirSync(folder) : [];
  });
  for (const name of readdirSync(tmpdir()))
    if (runs.some((run) => name.startsWith(`sense-runbook-${run}-`)))
      rmSync(join(tmpdir(), name), { force: true });
}

/**
 * A site whose database is down, which takes no server and little time: for what is refused before it is asked, and for tests
 * that give it one. `place`: where its folder is made. `programFiles`: with what an installation has besides its programs, which
 * a whole restore needs.
 */
export async function openSiteWithoutDatabase({
  place,
  programFiles = false,
}: { readonly place?: string; readonly programFiles?: boolean } = {}): Promise<
  LabSite & { close(): Promise<void> }
> {
  const folder = await makeOpenFolder('sense-runbook-lab-', place);
  const paths = demoPaths(join(folder, 'demo'));
  await writeDemoNodes(paths);
  if (programFiles) await writeProgramFiles(paths);
  mkdirSync(dirname(paths.databasePassword), { mode: 0o700 });
  for (const file of [paths.databasePassword, paths.certificatePassword])
    writeFileSync(file, 'a password\n', { mode: 0o600 });
  writeFileSync(paths.siteFile, demoSiteFile(paths, { host: '127.0.0.1', port: 1, user: 'postgres' }));
  return {
    ...makeSite({ paths }, join(folder, 'site ä'), 3),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

function makeSite(demo: Pick<DemoSite, 'paths'>, folder: string, shareFiles: number): LabSite {
  const siteFile = join(folder, 'site.yaml');
  const [vault, state, share] = ['vault', 'state', 'share'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const node = (name: string): string => join(folder, 'nodes', name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of ['central', 'rim']) cpSync(demo.paths.node(name), node(name), { recursive: true });
  writeShare(share, shareFiles);

  const edit = (change: (site: Record<string, unknown>) => void): void => editSite(siteFile, change);
  function services(name: 'central' | 'rim', change: (file: ServicesFile) => void): void {
    const file = join(node(name), 'services.json');
    const content = JSON.parse(readFileSync(file, 'utf8')) as ServicesFile;
    change(content);
    writeFileSync(file, JSON.stringify(content));
  }
  cpSync(demo.paths.siteFile, siteFile);
  edit((site) => {
    for (const entry of site['nodes'] as { name: string; folder: string }[]) entry.folder = node(entry.name);
    // One copies, one looks: starting more threads takes longer than copying a share of this size.
    site['vault'] = { folder: vault, workers: 1 };
    site['share'] = { root: share };
    site['state'] = state;
    delete site['extra'];
  });
  for (const name of ['central', 'rim'] as const) {
    services(name, (file) => {
      file.readyMs = 0;
      for (const service of Object.values(file.services)) Object.assign(service, { startMs: 10, stopMs: 10 });
    });
  }
  return {
    folder,
    siteFile,
    vault,
    state,
    share,
    node,
    edit,
    services,
    run: (args, options) => runTool(['--site', siteFile, ...args], options),
    states() {
      const found: Record<string, string> = {};
      for (const name of ['central', 'rim']) {
        const content = JSON.parse(readFileSync(join(node(name), 'services.json'), 'utf8')) as ServicesFile;
        for (const [service, entry] of Object.entries(content.services)) {
          const settled =
            entry.next !== undefined && Date.parse(entry.next.at) <= Date.now()
              ? entry.next.state
              : entry.state;
          found[`${name}/${service}`] = settled;
        }
      }
      return found;
    },
  };
}

/** Changes a site file. */
export function editSite(siteFile: string, change: (site: Record<string, unknown>) => void): void {
  const site = parse(readFileSync(siteFile, 'utf8')) as Record<string, unknown>;
  change(site);
  writeFileSync(siteFile, stringify(site));
}

/** Leaves out what only repeats: a service or a file of the same kind as another one. */
function makeSmall(site: LabSite): void {
  for (const name of ['central', 'rim'] as const) {
    site.services(name, (file) => {
      delete file.services['QlikSenseProxyService'];
      delete file.services['QlikSensePrintingService'];
    });
  }
  site.edit((content) => {
    const config = content['config'] as { files: string[] };
    config.files = config.files.slice(0, 2);
  });
}

function writeShare(share: string, files: number): void {
  for (let index = 0; index < files; index += 1) {
    const folder = join(share, ['Apps', 'StaticContent', 'ArchivedLogs'][index % 3] ?? 'Apps');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${String(index)}`), `content ${String(index)} `.repeat(500));
  }
}

/** Runs the bundle; never throws for an exit code. */
export async function runTool(args: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
  const { cut } = options;
  const env: Record<string, string> = { NO_COLOR: '1', ...options.env };
  if (cut !== undefined) {
    env['NODE_OPTIONS'] = `${env['NODE_OPTIONS'] ?? ''} --import ${KILL_AT.href}`.trim();
    env['TEST_KILL_AT'] = cut.at;
    env['TEST_KILL_OCCURRENCE'] = String(cut.occurrence ?? 1);
    env['TEST_KILL_AFTER_MS'] = String(cut.afterMs ?? 0);
    env['TEST_KILL_SIGNAL'] = cut.signal ?? 'SIGKILL';
    if (cut.againMs !== undefined) env['TEST_KILL_AGAIN_MS'] = String(cut.againMs);
  }
  const result = await execa(process.execPath, [BUNDLE, ...args], {
    env,
    reject: false,
    cwd: options.cwd ?? tmpdir(),
    timeout: options.timeoutMs ?? 240_000,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  const { exitCode: code, signal, stdout, stderr } = result;
  return { code, signal, stdout, stderr };
}

/** A file of the newest run of a site. */
function newestFile(site: Pick<LabSite, 'state'>, name: string): string | undefined {
  const runs = join(site.state, 'runs');
  const newest = existsSync(runs) ? readdirSync(runs).sort().at(-1) : undefined;
  return newest === undefined ? undefined : join(runs, newest, name);
}

/** Plan of the newest run of a site. */
export function newestPlan(site: Pick<LabSite, 'state'>): Plan {
  return JSON.parse(readFileSync(newestFile(site, 'plan.json') ?? '', 'utf8')) as Plan;
}

/** Journal entries of the newest run of a site. */
export function newestJournal(site: Pick<LabSite, 'state'>): Record<string, unknown>[] {
  const file = newestFile(site, 'journal.jsonl');
  if (file === undefined || !existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Removes vault and state, so that the next run is the first one. */
export function startAnew(site: Pick<LabSite, 'state' | 'vault'>): void {
  for (const folder of [site.state, site.vault]) rmSync(folder, { recursive: true, force: true });
}
