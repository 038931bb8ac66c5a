import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { createDemoDatabases } from '../../../src/demo/databases.ts';
import type { ServerAddress } from '../../../src/postgres/server.ts';
import { makeCertificates } from './windows-certificates.ts';
import { answerFacts } from './windows-facts.ts';
import {
  put,
  type ProgramEnd,
  type ProgramInConsole,
  type StartedProgram,
  type WindowsLab,
} from './windows-lab.ts';

/** What tests change of site.yaml. */
export interface SiteContent {
  readonly nodes: { host: string }[];
  timeouts: Record<string, string>;
}

/** A site on the laboratory's Windows machine. Paths are those of Linux, below what is C: there. */
export interface WindowsSite {
  readonly share: string;
  readonly vault: string;
  readonly state: string;
  run(args: readonly string[]): Promise<ProgramEnd>;
  start(args: readonly string[]): StartedProgram;
  startInConsole(args: readonly string[]): ProgramInConsole;
  /** Changes site.yaml, and gives what puts the old one back. */
  edit(change: (content: SiteContent) => void): () => void;
  /** Folders of the backup sets, oldest first. */
  sets(): string[];
}

const SHARE = String.raw`\\labhost\QlikShare`;
/** Of the certificate files. */
export const CERTIFICATE_PASSWORD = 'a password for certificates ä';

/** What the registry has of a data source of 64 bits and one of 32, as the script tells it. */
const ODBC_KEYS = [
  {
    bits: '64',
    path: 'ODBC Data Sources',
    values: [{ name: 'Sales', type: 1, data: 'SQL Server' }],
    leftOut: [],
  },
  {
    bits: '64',
    path: 'Sales',
    values: [
      { name: 'Server', type: 1, data: String.raw`sql01\PROD "ä"` },
      { name: 'Timeout', type: 4, data: '30' },
      { name: 'Driver', type: 2, data: String.raw`%SystemRoot%\sqlsrv32.dll` },
    ],
    leftOut: ['PWD'],
  },
  { bits: '32', path: 'Old', values: [{ name: 'DBQ', type: 1, data: String.raw`E:\old.mdb` }], leftOut: [] },
];

/** Makes the four databases, as the only node's site has them. */
export async function makeDatabases(database: ServerAddress): Promise<void> {
  const central = { name: 'Central', host: hostname(), role: 'central', failoverCandidate: false } as const;
  await createDemoDatabases({ nodes: [central], shareRoot: SHARE, database }, 'role-pw');
}

/** What a site has besides what all have. */
export interface SiteChanges {
  readonly release?: string;
  /** That its database is of an older version than the client programs. */
  readonly olderDatabase?: boolean;
}

/** Writes a site file, secrets, certificates, a share reached by its UNC path, and a few files of an installation. */
export async function makeWindowsSite(
  lab: WindowsLab,
  database: ServerAddress,
  { release = 'May 2025', olderDatabase = false }: SiteChanges = {},
): Promise<WindowsSite> {
  const at = (...names: string[]): string => join(lab.drive, ...names);
  const [share, vault, state] = [at('Share'), at('Sicherungen ä'), at('ProgramData', 'sense-runbook', 'lab')];
  const siteFile = at('lab', 'site.yaml');
  put(at('lab', 'secrets', 'database.txt'), `${database.password ?? ''}\r\n`);
  put(at('lab', 'secrets', 'certificates.txt'), `${CERTIFICATE_PASSWORD}\r\n`);
  await makeCertificates(lab, hostname(), CERTIFICATE_PASSWORD);
  lab.answer('odbc-export', { keys: ODBC_KEYS });
  answerFacts(lab);
  put(at('ProgramData', 'Qlik', 'Sense', 'Host.cfg'), 'bG9jYWxob3N0');
  put(
    at('ProgramData', 'Qlik', 'Sense', 'Log', 'Repository', 'System', 'System_Repository.txt'),
    'a line\r\n',
  );
  put(at('Program Files', 'Qlik', 'Sense', 'Repository', 'Repository.exe.config'), '<configuration/>\r\n');
  mkdirSync(share);
  // How Wine finds the folder of a share.
  const server = join(lab.drive, '..', 'dosdevices', 'unc', 'labhost');
  mkdirSync(server, { recursive: true });
  symlinkSync(share, join(server, 'QlikShare'));
  writeFileSync(
    siteFile,
    stringify({
      name: 'lab',
      qlik: {
        release,
        'install-folder': String.raw`C:\Program Files\Qlik\Sense`,
        'program-data-folder': String.raw`C:\ProgramData\Qlik\Sense`,
      },
      nodes: [{ name: 'central', host: hostname(), role: 'central', transport: 'local' }],
      database: {
        host: database.host,
        port: database.port,
        user: database.user,
        password: { file: String.raw`C:\lab\secrets\database.txt` },
        ...(olderDatabase ? { clients: 'allow-newer' } : {}),
      },
      share: { root: SHARE },
      certificates: { password: { file: String.raw`C:\lab\secrets\certificates.txt` } },
      vault: { folder: lab.windows(vault), workers: 1 },
      timeouts: { 'service-stop': '60s', 'service-start': '60s', ready: '60s' },
    }),
  );
  return {
    share,
    vault,
    state,
    run: (args) => lab.tool(['--site', String.raw`C:\lab\site.yaml`, ...args]),
    start: (args) => lab.startTool(['--site', String.raw`C:\lab\site.yaml`, ...args]),
    startInConsole: (args) => lab.toolInConsole(['--site', String.raw`C:\lab\site.yaml`, ...args]),
    edit(change) {
      const text = readFileSync(siteFile, 'utf8');
      const content = parse(text) as SiteContent;
      change(content);
      writeFileSync(siteFile, stringify(content));
      return () => writeFileSync(siteFile, text);
    },
    sets: () =>
      (existsSync(join(vault, 'lab')) ? readdirSync(join(vault, 'lab')) : [])
        .filter((name) => /^\d{8}T/.test(name))
        .sort(),
  };
}
