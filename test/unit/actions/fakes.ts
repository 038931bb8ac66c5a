import fs from 'node:fs/promises';
import type { RepositoryDatabase } from '../../../src/actions/collaborators.ts';
import { noOffsite, type Offsite } from '../../../src/actions/offsite.ts';
import type { ScratchServers } from '../../../src/actions/scratch.ts';
import type { CertificateInfo } from '../../../src/contract/node.ts';
import type { EvidencePart, EvidenceSession } from '../../../src/postgres/evidence-session.ts';
import type { ReloadFacts } from '../../../src/postgres/reloads.ts';
import type { ClientPrograms, DatabaseFacts, ServerFacts } from '../../../src/postgres/server.ts';
import type { SiteTopology } from '../../../src/postgres/topology.ts';
import type { UsedCertificate } from '../../../src/postgres/used-certificates.ts';
import type { Network } from '../../../src/platform/network.ts';
import type { Site } from '../../../src/site/schema.ts';
import type { TreeRestore } from '../../../src/vault/restore/tree-restore.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeVault, type FakeVault } from './fake-vault.ts';

/** A site of one central and one rim node. */
export function fakeSite(changes: Partial<Site> = {}): Site {
  return {
    name: 'demo',
    qlik: { release: 'May 2025', installFolder: '/qlik', programDataFolder: '/data' },
    nodes: [
      {
        name: 'central',
        host: 'qs1.example',
        role: 'central',
        failoverCandidate: false,
        transport: 'simulated',
      },
      { name: 'rim', host: 'qs2.example', role: 'rim', failoverCandidate: false, transport: 'simulated' },
    ],
    database: {
      host: 'db.example',
      port: 4432,
      user: 'postgres',
      names: ['QSR', 'SenseServices', 'QSMQ', 'Licenses'],
      clients: 'same',
    },
    share: { root: '/share', exclude: [] },
    certificates: {
      password: { env: 'PFX' },
      stores: ['LocalMachine/Root', 'LocalMachine/My', 'CurrentUser/My'],
      include: [],
    },
    logs: { folders: ['/data/Log'] },
    config: { files: [], expected: [] },
    extra: [],
    vault: { kind: 'folder', folder: '/vault' },
    drill: {},
    hooks: [],
    timeouts: {
      serviceStop: 1000,
      serviceStart: 2000,
      ready: 3000,
      drain: 0,
      dump: 4000,
      command: 5000,
      connect: 6000,
    },
    ...changes,
  };
}

/** A database as `pg_database` tells it. */
export function databaseFacts(name: string, changes: Partial<DatabaseFacts> = {}): DatabaseFacts {
  return {
    name,
    owner: 'qliksenserepository',
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
    bytes: 1000,
    allowConnections: true,
    ...changes,
  };
}

/** A PostgreSQL 14 with Qlik's four databases. */
export function serverFacts(changes: Partial<ServerFacts> = {}): ServerFacts {
  return {
    version: '14.17',
    major: 14,
    superuser: true,
    standby: false,
    databases: ['QSR', 'SenseServices', 'QSMQ', 'Licenses'].map((name) => databaseFacts(name)),
    ...changes,
  };
}

export const PROGRAMS: ClientPrograms = {
  folder: '/pg',
  version: '14.17',
  major: 14,
  pgDump: '/pg/pg_dump',
  pgDumpall: '/pg/pg_dumpall',
  pgRestore: '/pg/pg_restore',
  psql: '/pg/psql',
};

/** What a session tells of a database with one table. */
export function evidencePart(name: string): EvidencePart {
  return {
    server: { version: '14.17', versionNumber: 140_017 },
    roles: [],
    database: {
      name,
      database: name,
      takenAt: '2026-11-23T02:00:00.000Z',
      owner: 'qliksenserepository',
      encoding: 'UTF8',
      collate: 'C',
      ctype: 'C',
      tablespace: 'pg_default',
      connectionLimit: -1,
      acl: null,
      settings: [],
      extensions: [],
      largeObjects: { count: 0, bytes: 0 },
      tables: [{ schema: 'public', name: 'Apps', rows: 12 }],
      objects: {},
    },
  };
}

function fakeEvidence(database: string, changes: Partial<EvidenceSession>): EvidenceSession {
  return {
    snapshot: `0003-${database}`,
    awaitLocks: () => Promise.resolve(),
    read: ({ name }) => Promise.resolve(evidencePart(name)),
    close: () => Promise.resolve(),
    ...changes,
  };
}

/** A database that answers what it is told; an error is thrown instead. Counts how often it was asked. */
export function fakeDatabase(
  answers: {
    readonly facts?: ServerFacts | Error;
    readonly programs?: ClientPrograms | Error;
    readonly topology?: SiteTopology | Error;
    readonly reloads?: ReloadFacts | Error;
    readonly usedCertificates?: UsedCertificate[] | Error;
    /** Parts of the sessions that differ. */
    readonly evidence?: Partial<EvidenceSession> | Error;
  } = {},
): RepositoryDatabase & { asked: number; readonly cleaned: string[] } {
  const give = async <T>(answer: T | Error): Promise<T> => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const database = {
    asked: 0,
    cleaned: [] as string[],
    address: { host: 'db.example', port: 4432, user: 'postgres' },
    facts: () => {
      database.asked += 1;
      return give(answers.facts ?? serverFacts());
    },
    programs: () => give(answers.programs ?? PROGRAMS),
    dumpedTables: () => Promise.reject(new Error('no dump was to be read')),
    dumpedOwners: () => Promise.reject(new Error('no dump was to be listed')),
    reloads: () => give(answers.reloads ?? { running: [], due: [] }),
    topology: () => give(answers.topology ?? topologyOf('qs1.example', ['qs2.example'])),
    usedCertificates: () => give(answers.usedCertificates ?? []),
    async evidence(name: string) {
      const answer = answers.evidence ?? {};
      if (answer instanceof Error) throw answer;
      return fakeEvidence(name, answer);
    },
    connect: (name: string) => Promise.reject(new Error(`the fake database has no connection to ${name}`)),
    withEnvironment: <T>(work: (env: Readonly<Record<string, string>>) => Promise<T>) =>
      work({ PGPASSFILE: '/pass' }),
    cleanUp: async (name: string) => {
      database.cleaned.push(name);
      return [name];
    },
  };
  return database;
}

/** Scratch servers that start nothing: SQL is answered by `answer`, and what was done is written down. */
export function fakeScratch(
  answer: (database: string, text: string) => object[] = () => [],
): ScratchServers & { readonly log: string[]; readonly statements: string[] } {
  const log: string[] = [];
  const statements: string[] = [];
  return {
    log,
    statements,
    folder: '/scratch',
    programs: async (major) => ({
      folder: `/pg${major}`,
      version: `${major}.1`,
      major,
      initdb: `/pg${major}/initdb`,
      pgCtl: `/pg${major}/pg_ctl`,
      postgres: `/pg${major}/postgres`,
    }),
    async start(folder) {
      log.push(`start ${folder}`);
      return { port: 54_321 };
    },
    async startCopy(folder, _programs, { user }) {
      log.push(`start copy ${folder} as ${user}`);
      return { port: 54_321 };
    },
    async remove(folder) {
      log.push(`remove ${folder}`);
      return true;
    },
    connect: async (_folder, database) => ({
      async query<Row extends object>(text: string) {
        statements.push(`${database}: ${text}`);
        return answer(database, text) as Row[];
      },
      close: async () => undefined,
    }),
    withEnvironment: (_folder, work) => work({ PGHOST: '127.0.0.1', PGPORT: '54321' }),
  };
}

/** A network where only `open` (`host:port`) answers, and only the hosts of `names` have addresses. */
export function fakeNetwork(
  told: {
    readonly open?: readonly string[];
    readonly names?: Readonly<Record<string, readonly string[]>>;
    readonly own?: readonly string[];
  } = {},
): Network {
  return {
    answers: async (host, port) => told.open?.includes(`${host}:${String(port)}`) === true,
    addresses: async (host) => told.names?.[host] ?? [],
    own: () => told.own ?? ['127.0.0.1', '::1'],
  };
}

/** Restores no folder: whoever asks for more than its test tells is refused. */
export function fakeRestoreTrees(changes: Partial<TreeRestore> = {}): TreeRestore {
  const refuse = (): Promise<never> => Promise.reject(new Error('not in this fake'));
  const methods = { restore: refuse, compare: refuse, undo: refuse, foreseeUndo: refuse, isMade: refuse };
  return { ...methods, kept: refuse, discard: refuse, ...changes };
}

/** A topology of a central and other nodes. */
export function topologyOf(central: string, others: readonly string[] = []): SiteTopology {
  const first = { name: 'Central', hostName: central, isCentral: true, failoverCandidate: false };
  return {
    nodes: [
      first,
      ...others.map((hostName) => ({ name: hostName, hostName, isCentral: false, failoverCandidate: false })),
    ],
    central: first,
  };
}

/** The four certificates of a site, and changes to each. */
export function certificatesOf(
  host: string,
  changes: Partial<Record<'ca' | 'server' | 'client' | 'cluster', Partial<CertificateInfo>>> = {},
): CertificateInfo[] {
  const common = { notBefore: '2020-01-01T00:00:00Z', notAfter: '2030-01-01T00:00:00Z', hasPrivateKey: true };
  const issuer = `CN=${host}-CA`;
  return [
    {
      store: 'LocalMachine/Root',
      thumbprint: 'CA',
      subject: issuer,
      issuer,
      qlikRole: 'Root',
      ...common,
      ...changes.ca,
    },
    {
      store: 'LocalMachine/My',
      thumbprint: 'SERVER',
      subject: `CN=${host}`,
      issuer,
      qlikRole: 'Server',
      ...common,
      ...changes.server,
    },
    {
      store: 'CurrentUser/My',
      thumbprint: 'CLIENT',
      subject: 'CN=QlikClient',
      issuer,
      qlikRole: 'Client',
      ...common,
      ...changes.client,
    },
    {
      store: 'LocalMachine/My',
      thumbprint: 'CLUSTER',
      subject: 'CN=QlikServiceCluster',
      issuer,
      ...common,
      ...changes.cluster,
    },
  ];
}

/** Stands in for pg_dump: writes what a dump in custom format looks like. */
export async function fakeDump(argv: readonly string[]): Promise<object> {
  const target = argv[argv.indexOf('-f') + 1] ?? '';
  await fs.writeFile(target, Buffer.from('PGDMP some data\0\0\0\0\0'));
  return {};
}

/** Site, vault and database of one test. */
export function parts(
  changes: Partial<Site> = {},
  answers: Parameters<typeof fakeDatabase>[0] = {},
): {
  root: string;
  site: Site;
  vault: FakeVault;
  offsite: Offsite;
  database: ReturnType<typeof fakeDatabase>;
  freeBytes: (folder: string) => Promise<number>;
  temporaryFolder: string;
} {
  const root = temporaryFolder();
  const vault = fakeVault(root);
  return {
    root,
    site: fakeSite(changes),
    vault,
    offsite: noOffsite(vault),
    database: fakeDatabase(answers),
    freeBytes: () => Promise.resolve(1e12),
    temporaryFolder: '/tmp',
  };
}

/** The set while planning, and what it turns out to be. */
export const PLANNED = { planned: { set: '<set>' }, bindings: { '<set>': 'SET' } };
