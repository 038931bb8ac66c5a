import fs from 'node:fs/promises';
import path from 'node:path';
import { X509Certificate } from 'node:crypto';
import { noOffsite } from '../../../src/actions/offsite.ts';
import type { ActionCollaborators } from '../../../src/actions/collaborators.ts';
import { createDrillRemoveCluster } from '../../../src/actions/drill-remove-cluster.ts';
import { createVaultDrill } from '../../../src/actions/vault-drill.ts';
import { clientEnvironment } from '../../../src/postgres/client-environment.ts';
import { dumpCommand } from '../../../src/postgres/dump.ts';
import type { DatabaseEvidence, Evidence } from '../../../src/postgres/evidence-format.ts';
import { readServerEvidence, takeEvidence } from '../../../src/postgres/evidence.ts';
import { readServerFacts } from '../../../src/postgres/facts.ts';
import { globalsCommand } from '../../../src/postgres/globals.ts';
import { writePassFile } from '../../../src/postgres/pass-file.ts';
import type { DumpFormat } from '../../../src/postgres/server.ts';
import { createAuthority, issue } from '../../../src/platform/certificates/issue.ts';
import { openPfx, writePfx } from '../../../src/platform/certificates/pfx.ts';
import { createScratchServers } from '../../../src/main/scratch-servers.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import type { OpenSet } from '../../../src/vault/vault.ts';
import { testExec } from '../../helpers/postgres.ts';
import type { TestPostgres } from '../../helpers/postgres.ts';
import { fakeDatabase, fakeNetwork, fakeRestoreTrees, fakeSite } from '../../unit/actions/fakes.ts';
import { runAction } from '../../unit/actions/harness.ts';
import { labVault, never, plant } from '../vault/vault-lab.ts';

/** Of every certificate file of a set. */
export const PASSWORD = 'a word for the certificates';
const RUN = 'run-1';

/** What a drill said of a set: the output of `drill.record`. */
export interface Verdict {
  readonly verdict: string;
  readonly differences: readonly string[];
  readonly databases: number;
  readonly tables: number;
  readonly rows: number;
}

/** Something that goes wrong with a set before it becomes complete, so that its hashes hold all the same. */
export interface Changes {
  /** Which database is dumped under a name, when it is another one. */
  readonly dumpOf?: Readonly<Record<string, string>>;
  readonly evidence?: (databases: DatabaseEvidence[]) => DatabaseEvidence[];
  readonly withoutEvidence?: boolean;
  readonly files?: (set: OpenSet) => Promise<void>;
  readonly format?: DumpFormat;
  /** As `vault.commit` writes it: made without certificates. */
  readonly withoutCertificates?: 'said' | 'only said';
  /** Version of pg_dump that the manifest tells, when it is another one. */
  readonly clients?: string;
}

/** A vault whose sets are made of the databases `names` of a real server, and drills of them. */
export async function drillLab(pg: TestPostgres, names: readonly string[]) {
  const vault = await labVault(pg.folder);
  const scratchFolder = path.join(pg.folder, 'scratch');
  await fs.mkdir(scratchFolder, { recursive: true, mode: 0o755 });
  await fs.chmod(scratchFolder, 0o755);
  const bare = fakeSite();
  const site = fakeSite({
    database: { ...bare.database, names, port: pg.address.port },
    drill: { bin: pg.server.folder, folder: scratchFolder },
    timeouts: { ...bare.timeouts, dump: 60_000, connect: 15_000 },
  });
  const client = await pg.connect();
  const facts = await readServerFacts(client);
  await client.close();
  const pfx = await certificateFiles(path.join(pg.folder, 'pfx'));
  const c: ActionCollaborators = {
    site,
    vault,
    offsite: noOffsite(vault),
    database: fakeDatabase({ facts, programs: pg.client }),
    databaseAt: () => fakeDatabase(),
    scratch: createScratchServers({
      site,
      exec: testExec,
      platform: process.platform,
      temporaryFolder: scratchFolder,
    }),
    restoreTrees: fakeRestoreTrees(),
    secrets: { read: async () => PASSWORD },
    person: { canAsk: false, confirm: async () => false },
    clock: systemClock,
    network: fakeNetwork(),
    hide: () => undefined,
    templates: '',
    tool: 'sense-runbook 0',
    host: 'central',
    stateFolder: '',
    temporaryFolder: scratchFolder,
    freeBytes: async () => 1e12,
    rights: async () => undefined,
    openPfx,
  };

  async function makeSet(changes: Changes = {}): Promise<string> {
    const { format = 'tar' } = changes;
    const set = await vault.begin({ run: RUN, now: new Date() });
    const passFile = await writePassFile(pg.folder, pg.address);
    const env = clientEnvironment(passFile === undefined ? {} : { passFile: passFile.path });
    const databases = [];
    const evidence: DatabaseEvidence[] = [];
    for (const name of names) {
      const file = `databases/${name}_backup.${format}`;
      const target = await set.pathFor(file);
      const database = changes.dumpOf?.[name] ?? name;
      await testExec(dumpCommand(pg.client, pg.address, { database, target, format }), { env });
      const connection = await pg.connect(name);
      evidence.push(await takeEvidence(connection, { name, checksums: true }));
      await connection.close();
      const found = facts.databases.find((one) => one.name === name);
      databases.push({
        name,
        database: name,
        file,
        format,
        bytes: (await fs.stat(target)).size,
        owner: found?.owner ?? '',
        encoding: found?.encoding ?? '',
        collate: found?.collate ?? '',
        ctype: found?.ctype ?? '',
        server: pg.server.version,
        client: pg.client.version,
      });
    }
    const globals = await set.pathFor('databases/globals.sql');
    await testExec(globalsCommand(pg.client, pg.address, { file: globals, superuser: true }), { env });
    await passFile?.remove();
    const connection = await pg.connect();
    const whole: Evidence = {
      schemaVersion: 1,
      ...(await readServerEvidence(connection)),
      databases: changes.evidence?.(evidence) ?? evidence,
    };
    await connection.close();
    if (changes.withoutEvidence !== true)
      await fs.writeFile(await set.pathFor('databases/evidence.json'), JSON.stringify(whole));
    const index = await set.pathFor('certificates/index.json');
    if (changes.withoutCertificates === 'said') await fs.writeFile(index, '[]');
    else await fs.cp(pfx, path.dirname(index), { recursive: true });
    plant(path.join(pg.folder, 'share'), { 'Apps/a': 'app a', 'Apps/b': 'app b' });
    await set.copyTree({
      from: path.join(pg.folder, 'share'),
      to: 'share',
      onTrouble: 'fail',
      signal: never,
    });
    await changes.files?.(set);
    const manifest = {
      run: RUN,
      tool: 'sense-runbook 0',
      site: { name: 'site' },
      warnings: [],
      postgres: { server: pg.server.version, clients: changes.clients ?? pg.client.version },
      databases,
      ...(changes.withoutCertificates === undefined ? {} : { lacks: ['certificates'] }),
    };
    await vault.commit(set.id, manifest, { signal: never });
    await vault.unlock(RUN);
    return set.id;
  }

  async function drill(set: string, other: Partial<ActionCollaborators> = {}): Promise<Verdict> {
    const options = { exec: (argv: readonly string[], how: object) => testExec(argv, how) };
    const majors = { major: pg.server.major, dumpMajor: pg.client.major };
    try {
      const { outputs } = await runAction(createVaultDrill({ ...c, ...other }), { set, ...majors }, options);
      return outputs['drill'] as unknown as Verdict;
    } finally {
      await runAction(createDrillRemoveCluster(c), { major: majors.major }, options);
    }
  }

  return { c, vault, scratchFolder, makeSet, drill, setPath: (set: string) => path.join(vault.root, set) };
}

/** A folder as `certificates.export` writes it. */
async function certificateFiles(folder: string): Promise<string> {
  await fs.mkdir(folder, { recursive: true });
  const authority = await createAuthority({ commonName: 'qs1.example-CA', years: 10 });
  const notAfter = new Date(Date.now() + 1000 * 86_400_000);
  const issued = {
    ca: authority,
    server: await issue({ authority, commonName: 'qs1.example', notAfter }),
    client: await issue({ authority, commonName: 'QlikClient', notAfter }),
    'service-cluster': await issue({ authority, commonName: 'QlikServiceCluster', notAfter }),
  };
  const index = [];
  for (const [role, certificate] of Object.entries(issued)) {
    const file = path.join(folder, `${role}.pfx`);
    await writePfx({ ...certificate, file, password: PASSWORD, chain: [authority.certificatePem] });
    const { fingerprint, subject, issuer, validFrom, validTo } = new X509Certificate(
      certificate.certificatePem,
    );
    index.push({
      role,
      file: `certificates/${role}.pfx`,
      store: role === 'ca' ? 'LocalMachine/Root' : 'LocalMachine/My',
      subject,
      issuer,
      thumbprint: fingerprint.replaceAll(':', ''),
      notBefore: new Date(validFrom).toISOString(),
      notAfter: new Date(validTo).toISOString(),
    });
  }
  await fs.writeFile(path.join(folder, 'index.json'), JSON.stringify(index));
  return folder;
}
