import fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openPfx, writePfx } from '../../../src/platform/certificates/pfx.ts';
import { readHistory } from '../../../src/vault/history.ts';
import { usePostgres } from '../../helpers/postgres.ts';
import { drillLab, PASSWORD } from '../../integration/actions/drill-lab.ts';

type Lab = Awaited<ReturnType<typeof drillLab>>;

const OWNER = 'qliksenserepository';

/** Tables, a view, a sequence and a large object, owned by a role that only the site's server has. */
const REPOSITORY = [
  `CREATE TABLE "Users" (id int PRIMARY KEY, name text)`,
  `INSERT INTO "Users" SELECT n, 'user ' || n FROM generate_series(1, 300) n`,
  `CREATE TABLE apps (id serial PRIMARY KEY, owner int REFERENCES "Users")`,
  `INSERT INTO apps (owner) SELECT n FROM generate_series(1, 40) n`,
  `CREATE VIEW owners AS SELECT DISTINCT owner FROM apps`,
  `SELECT lo_from_bytea(0, 'a large object')`,
  `ALTER TABLE "Users" OWNER TO ${OWNER}`,
  `ALTER TABLE apps OWNER TO ${OWNER}`,
  `GRANT SELECT ON apps TO reader`,
];

/** A server with two databases, and a vault for sets of them. */
function useLab(major?: 12 | 14): () => Lab {
  const postgres = usePostgres(major === undefined ? {} : { major });
  let lab: Lab | undefined;
  beforeAll(async () => {
    const { sql } = postgres();
    await sql('postgres', `CREATE ROLE ${OWNER} LOGIN PASSWORD 'x'`, 'CREATE ROLE reader');
    await sql('postgres', `CREATE DATABASE "QSR" OWNER ${OWNER}`, `CREATE DATABASE "QSMQ" OWNER ${OWNER}`);
    await sql('QSR', ...REPOSITORY);
    await sql('QSMQ', 'CREATE TABLE queue (id int)', 'INSERT INTO queue VALUES (1), (2)');
    lab = await drillLab(postgres(), ['QSR', 'QSMQ']);
  });
  return () => {
    if (lab === undefined) throw new Error('the lab is there only inside tests');
    return lab;
  };
}

/** Makes a good set and drills it. */
async function expectProven(lab: Lab): Promise<void> {
  const set = await lab.makeSet();
  const verdict = await lab.drill(set);
  expect(verdict).toMatchObject({ verdict: 'passed', differences: [], databases: 2, tables: 3, rows: 342 });
  expect(await readHistory(lab.setPath(set))).toMatchObject([
    { kind: 'drill', verdict: 'passed', run: 'RUN', host: 'central' },
  ]);
  expect((await lab.vault.list()).at(-1)).toHaveProperty('provenAt');
  expect(await fs.readdir(lab.scratchFolder)).toEqual([]);
}

describe('a drill', () => {
  const getLab = useLab();

  it('proves a good set, writes that into its history and leaves nothing behind', async () => {
    await expectProven(getLab());
  });

  it('names everything that is wrong with a set, though its hashes hold', async () => {
    const lab = getLab();
    const set = await lab.makeSet({
      dumpOf: { QSMQ: 'postgres' },
      evidence: (databases) =>
        databases.map((one) => ({
          ...one,
          tables: one.tables.map((table) => (table.name === 'apps' ? { ...table, rows: 41 } : table)),
        })),
      async files(open) {
        const client = await open.pathFor('certificates/client.pfx');
        const cluster = await open.pathFor('certificates/service-cluster.pfx');
        await fs.rename(client, `${client}.x`);
        await fs.rename(cluster, client);
        await fs.rename(`${client}.x`, cluster);
      },
    });
    const { verdict, differences } = await lab.drill(set);
    expect(verdict).toBe('failed');
    expect(differences).toEqual([
      expect.stringMatching(/client\.pfx .* holds another certificate .*QlikServiceCluster/),
      expect.stringMatching(/service-cluster\.pfx .* holds another certificate .*QlikClient/),
      expect.stringMatching(/^QSR: the table public\.apps has 40 rows, and had 41$/),
      expect.stringMatching(/^QSMQ: the table public\.queue is missing; it had 2 rows$/),
    ]);
    expect((await lab.vault.list()).at(-1)).toHaveProperty('failedAt');
  });

  it('names a dump that was cut off, edited evidence and another PFX password, and goes on', async () => {
    const lab = getLab();
    const set = await lab.makeSet({
      format: 'custom',
      async files(open) {
        const file = await open.pathFor('certificates/client.pfx');
        const [certificate] = (await openPfx(file, PASSWORD)).certificates;
        if (certificate?.keyPem === undefined) throw new Error('the client certificate has no key');
        const { pem: certificatePem, keyPem } = certificate;
        await writePfx({ certificatePem, keyPem, file, password: 'a newer word', chain: [] });
      },
    });
    const dump = path.join(lab.setPath(set), 'databases/QSR_backup.custom');
    const { size } = await fs.stat(dump);
    await fs.truncate(dump, size - 600);
    const evidence = path.join(lab.setPath(set), 'databases/evidence.json');
    await fs.writeFile(evidence, (await fs.readFile(evidence, 'utf8')).replace('"rows":2', '"rows":3'));
    const { differences } = await lab.drill(set);
    expect(differences).toEqual([
      expect.stringMatching(/^databases\/QSR_backup\.custom has .* bytes, it had/),
      expect.stringMatching(/^databases\/evidence\.json has another content/),
      expect.stringMatching(/^certificates\/client\.pfx cannot be opened: the password is wrong/),
      expect.stringMatching(/^QSR: does not restore: /),
      expect.stringMatching(/^QSMQ: the table public\.queue has 2 rows, and had 3$/),
    ]);
  });

  it('proves what a set has that was made without certificates, and never calls it proven as a whole', async () => {
    const lab = getLab();
    const set = await lab.makeSet({ withoutCertificates: 'said' });
    const ask = () => Promise.reject(new Error('no password is needed'));
    expect(await lab.drill(set, { secrets: { read: ask } })).toMatchObject({
      verdict: 'passed',
      lacks: ['certificates'],
    });
    const listed = (await lab.vault.list()).at(-1);
    expect(listed).toMatchObject({ id: set, lacks: ['certificates'] });
    expect(listed).toHaveProperty('partProvenAt');
    expect(listed).not.toHaveProperty('provenAt');
  });

  it('names certificates in a set whose manifest says that there are none', async () => {
    const lab = getLab();
    const set = await lab.makeSet({ withoutCertificates: 'only said' });
    const { verdict, differences } = await lab.drill(set);
    expect(verdict).toBe('failed');
    expect(differences).toHaveLength(4);
    expect(differences[0]).toMatch(/^certificates\/ca\.pfx: is in the list .* says that there are none/);
  });

  it('says of a set that only its certificates did not open that it was the password, until a drill has the right one', async () => {
    const lab = getLab();
    const set = await lab.makeSet();
    const { verdict, differences } = await lab.drill(set, {
      secrets: { read: () => Promise.resolve('another word') },
    });
    expect([verdict, differences.length]).toEqual(['failed', 4]);
    expect((await lab.vault.list()).at(-1)).toMatchObject({ id: set, failedFor: 'certificate-password' });
    expect(await lab.drill(set)).toMatchObject({ verdict: 'passed' });
    expect((await lab.vault.list()).at(-1)).not.toHaveProperty('failedAt');
  });

  it('restores a set without evidence, and does not call it proven', async () => {
    const lab = getLab();
    const set = await lab.makeSet({ withoutEvidence: true });
    expect(await lab.drill(set)).toMatchObject({ verdict: 'not-compared', databases: 2, differences: [] });
    expect(await readHistory(lab.setPath(set))).toEqual([]);
  });
});

describe.each([12, 14] as const)('a drill of a set of PostgreSQL %i', (major) => {
  const getLab = useLab(major);

  it('proves it with server programs of the same version', async () => {
    await expectProven(getLab());
  });
});
