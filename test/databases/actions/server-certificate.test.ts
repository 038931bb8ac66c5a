import fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCertificatesClearExported } from '../../../src/actions/certificates-clear-exported.ts';
import { createPostgresServerCertificate } from '../../../src/actions/postgres-server-certificate.ts';
import type { IssuedCertificate } from '../../../src/platform/certificates/issue.ts';
import { Killed, killPlaces, stepRunner } from '../../helpers/step-runner.ts';
import { usePostgres } from '../../helpers/postgres.ts';
import { realDatabase } from '../../helpers/real-database.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from '../../unit/actions/fakes.ts';
import { contextFor, fakeNode, runAction } from '../../unit/actions/harness.ts';
import { takenFolder } from '../../../src/actions/certificates-selected.ts';
import { siteStores } from '../../integration/actions/renewal-lab.ts';
import { describeCertificate, parseCertificate } from '../../../src/platform/certificates/describe.ts';
import type { Node } from '../../../src/contract/node.ts';
import { PATIENTLY } from '../../helpers/patiently.ts';

const getPg = usePostgres();

let old: IssuedCertificate;
let fresh: IssuedCertificate;

beforeAll(async () => {
  const [first, second] = await Promise.all([siteStores(), siteStores()]);
  old = (first.central[1] as [string, IssuedCertificate])[1];
  fresh = (second.central[1] as [string, IssuedCertificate])[1];
}, 60_000);

/** Puts a certificate with its key where PostgreSQL reads it. */
async function serve({ certificatePem, keyPem }: IssuedCertificate): Promise<void> {
  const { dataFolder } = getPg().cluster;
  const { uid, gid } = await fs.stat(dataFolder);
  for (const [name, text] of [
    ['server.pem', certificatePem],
    ['server_key.pem', keyPem],
  ] as const) {
    const file = path.join(dataFolder, name);
    await fs.writeFile(file, text);
    await fs.chmod(file, 0o600);
    if (process.getuid?.() === 0) await fs.chown(file, uid, gid);
  }
}

const infoOf = ({ certificatePem }: IssuedCertificate) =>
  describeCertificate(parseCertificate(certificatePem, 'the certificate'));

/** The step on a node that has the new certificate, in a run that took the old one out. */
async function lab(person: () => Promise<boolean>, taken: IssuedCertificate = old) {
  const stateFolder = temporaryFolder();
  const node = fakeNode();
  node.list = [{ store: 'LocalMachine/My', hasPrivateKey: true, ...infoOf(fresh) }];
  const folder = takenFolder({ stateFolder }, contextFor(node));
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(path.join(folder, `LocalMachine-My_server_${infoOf(taken).thumbprint}.pfx`), '');
  const asked: string[] = [];
  const action = createPostgresServerCertificate({
    site: fakeSite(),
    database: realDatabase(getPg(), stateFolder),
    stateFolder,
    person: {
      canAsk: true,
      confirm: (text) => {
        asked.push(text);
        return person();
      },
    },
  });
  return { asked, run: () => runAction(action, {}, { node }) };
}

async function encrypt(ssl: 'on' | 'off'): Promise<void> {
  await getPg().sql(
    'postgres',
    "ALTER SYSTEM SET ssl_cert_file = 'server.pem'",
    "ALTER SYSTEM SET ssl_key_file = 'server_key.pem'",
    `ALTER SYSTEM SET ssl = ${ssl}`,
    'SELECT pg_reload_conf()',
  );
  await vi.waitFor(async () => {
    const client = await getPg().connect();
    const rows = await client.query("select current_setting('ssl') as ssl");
    await client.close();
    expect(rows).toEqual([{ ssl }]);
  }, PATIENTLY);
}

describe('postgres.server-certificate', () => {
  it('asks nobody where PostgreSQL does not encrypt', async () => {
    await encrypt('off');
    const { asked, run } = await lab(() => Promise.reject(new Error('nobody is asked')));
    expect((await run()).outputs).toEqual({ copied: false });
    expect(asked).toEqual([]);
  });

  describe('where it encrypts with the old certificate of the site', () => {
    beforeEach(async () => {
      await serve(old);
      await encrypt('on');
    });

    it('does not believe that it was copied when it was not', async () => {
      const { asked, run } = await lab(() => Promise.resolve(true));
      await expect(run()).rejects.toThrow('does not hold the new server certificate');
      expect(asked[0]).toContain(getPg().cluster.dataFolder);
      expect(asked[0]).toContain('.Local Certificates');
    });

    it('leaves another certificate than one of the site alone', async () => {
      const { asked, run } = await lab(() => Promise.resolve(true), fresh);
      expect((await run()).outputs).toEqual({ copied: false });
      expect(asked).toEqual([]);
    });

    it('has it copied by a person, looks at it and lets PostgreSQL read it', async () => {
      const { run } = await lab(async () => {
        await serve(fresh);
        return true;
      });
      const { outputs, performed } = await run();
      expect(outputs).toEqual({ copied: true });
      expect(performed.at(-1)).toMatchObject({ text: 'SELECT pg_reload_conf()' });
      const again = await lab(() => Promise.reject(new Error('nobody is asked')));
      expect((await again.run()).outputs).toEqual({ copied: false });
    });
  });
});

describe('certificates.clear-exported', () => {
  async function folderLab() {
    const root = temporaryFolder();
    const folder = path.join(root, 'Repository', 'Exported Certificates');
    await fs.mkdir(path.join(folder, '.Local Certificates'), { recursive: true });
    await fs.writeFile(path.join(folder, '.Local Certificates', 'server.pem'), 'old');
    await fs.writeFile(path.join(folder, 'more.pfx'), 'old');
    const site = fakeSite();
    const action = createCertificatesClearExported({
      site: { ...site, qlik: { ...site.qlik, programDataFolder: root } },
      stateFolder: path.join(root, 'state'),
    });
    return {
      folder,
      step: stepRunner(action, {}, { node: fakeNode() as unknown as Node }),
      files: async () => (await fs.readdir(folder, { recursive: true })).sort(),
    };
  }
  const ALL = ['.Local Certificates', path.join('.Local Certificates', 'server.pem'), 'more.pfx'];

  it.each(killPlaces(2))('killed $when operation $operation is completed, and put back', async (kill) => {
    const { folder, step, files } = await folderLab();
    await expect(step.attempt(kill)).rejects.toThrow(Killed);
    await step.attempt();
    expect(await files()).toEqual([]);
    await expect(step.check()).resolves.toBe('done');
    await fs.mkdir(path.join(folder, '.Local Certificates'));
    await fs.writeFile(path.join(folder, '.Local Certificates', 'server.pem'), 'new');
    await step.undo();
    expect(await files()).toEqual(ALL);
    expect(await fs.readFile(path.join(folder, '.Local Certificates', 'server.pem'), 'utf8')).toBe('old');
    const after = `${folder}.after-RUN`;
    expect(await fs.readFile(path.join(after, '.Local Certificates', 'server.pem'), 'utf8')).toBe('new');
  });

  it.each(killPlaces(2))(
    'killed $when operation $operation of its undo is undone once more',
    async (kill) => {
      const { folder, step, files } = await folderLab();
      await step.attempt();
      await fs.writeFile(path.join(folder, 'more.pfx'), 'new');
      await expect(step.undo(kill)).rejects.toThrow(Killed);
      await step.undo();
      expect(await files()).toEqual(ALL);
      expect(await fs.readFile(path.join(folder, 'more.pfx'), 'utf8')).toBe('old');
    },
  );

  it('has nothing to do where there is no such folder', async () => {
    const { folder, step } = await folderLab();
    await fs.rm(folder, { recursive: true });
    const { outputs } = await step.attempt();
    expect(outputs).toMatchObject({ moved: 0 });
    await step.undo();
  });
});
