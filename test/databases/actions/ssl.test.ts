import fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createCheckSsl } from '../../../src/actions/check-ssl.ts';
import { createSslSwitch } from '../../../src/actions/ssl-switch.ts';
import { connect } from '../../../src/postgres/connect.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';
import { createAuthority } from '../../../src/platform/certificates/issue.ts';
import { usePostgres } from '../../helpers/postgres.ts';
import { realDatabase } from '../../helpers/real-database.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from '../../unit/actions/fakes.ts';
import { checksOf, fakeNode, runAction } from '../../unit/actions/harness.ts';
import { PATIENTLY } from '../../helpers/patiently.ts';

const getPg = usePostgres();

type Confirm = () => Promise<boolean>;

/** The actions on a site of one node; `licenses` is what its service says. */
async function lab({
  canAsk = true,
  confirm,
  licenses = '{}',
}: { canAsk?: boolean; confirm?: Confirm; licenses?: string } = {}) {
  const { address } = getPg();
  const stateFolder = temporaryFolder();
  const installFolder = temporaryFolder();
  await fs.mkdir(path.join(installFolder, 'Licenses'));
  const settings = path.join(installFolder, 'Licenses', 'appsettings.json');
  await fs.writeFile(settings, licenses);
  const site = fakeSite();
  const asked: string[] = [];
  const c = {
    site: {
      ...site,
      qlik: { ...site.qlik, installFolder },
      database: { ...site.database, host: address.host, port: address.port },
    },
    databaseAt: ({ ssl }: { ssl?: boolean }) =>
      realDatabase(getPg(), stateFolder, ssl === undefined ? {} : { ssl }),
    person: {
      canAsk,
      confirm: (text: string) => {
        asked.push(text);
        return confirm?.() ?? Promise.reject(new Error('nobody is asked'));
      },
    },
  };
  const node = fakeNode();
  return {
    asked,
    settings,
    look: async (mode: string) => (await checksOf(createCheckSsl(c), { node }, { mode })).checks,
    turn: (to: 'on' | 'off') => runAction(createSslSwitch(c), { to }, { node }),
  };
}

async function sql(ssl: boolean, ...statements: string[]): Promise<void> {
  const client = await connect({ ...getPg().address, ssl }, 'postgres');
  for (const statement of statements) await client.query(statement);
  await client.close();
}

/** Whether the server takes a connection of this kind. */
function takes(ssl: boolean): Promise<boolean> {
  return sql(ssl).then(
    () => true,
    () => false,
  );
}

/** Puts this in the place of the lines for the network, and waits until the server goes by it. */
async function turn(to: { ssl: boolean; lines: 'host' | 'hostssl' }): Promise<void> {
  const hba = path.join(getPg().cluster.dataFolder, 'pg_hba.conf');
  const text = await fs.readFile(hba, 'utf8');
  const from = await takes(true);
  await fs.writeFile(hba, text.replaceAll(/^host(?:ssl)?(?=\s)/gm, to.lines));
  await sql(from, `ALTER SYSTEM SET ssl = ${to.ssl ? 'on' : 'off'}`, 'SELECT pg_reload_conf()');
  await vi.waitFor(async () => {
    const taken = await Promise.all([true, false].map(takes));
    expect(taken).toEqual([to.ssl, !to.ssl || to.lines === 'host']);
  }, PATIENTLY);
}

/** A service of the site that uses a database. */
function service(ssl: boolean): Promise<SqlClient> {
  return connect({ ...getPg().address, ssl }, 'QSR', { applicationName: 'Qlik' });
}

beforeAll(async () => {
  const { dataFolder } = getPg().cluster;
  const { certificatePem, keyPem } = await createAuthority({ commonName: 'qs1.example', years: 10 });
  const { uid, gid } = await fs.stat(dataFolder);
  for (const [name, text] of [
    ['server.pem', certificatePem],
    ['server_key.pem', keyPem],
  ] as const) {
    const file = path.join(dataFolder, name);
    await fs.writeFile(file, text, { mode: 0o600 });
    if (process.getuid?.() === 0) await fs.chown(file, uid, gid);
  }
  await sql(
    false,
    'CREATE DATABASE "QSR"',
    "ALTER SYSTEM SET ssl_cert_file = 'server.pem'",
    "ALTER SYSTEM SET ssl_key_file = 'server_key.pem'",
  );
}, 60_000);

const ASKING = '{ "licenses": { "sslMode": "require" } }';

describe('SSL between a site and its database, in front of setup', () => {
  it('is no trouble where the server has none, and nobody is asked to switch it off', async () => {
    await turn({ ssl: false, lines: 'host' });
    const { look, turn: switchTo, asked } = await lab();
    expect(await look('refuse')).toMatchObject([{ id: 'ssl', status: 'ok' }]);
    expect((await switchTo('off')).outputs).toEqual({ switched: false });
    expect(asked).toEqual([]);
    const stale = await lab({ licenses: ASKING });
    expect(await stale.look('refuse')).toMatchObject([{ status: 'warning' }]);
  });

  it('that is offered and not asked for is a warning; a connection that uses it refuses the upgrade', async () => {
    await turn({ ssl: true, lines: 'host' });
    const { look } = await lab();
    expect(await look('refuse')).toMatchObject([{ status: 'warning' }]);
    const client = await service(true);
    const used = await look('refuse');
    await client.close();
    expect(used).toMatchObject([{ status: 'failed' }]);
    expect(used[0]?.message).toContain('connections of the site that are encrypted: 1');
  });

  it('that is demanded refuses the upgrade, with every place; guided it is a warning, with a person there', async () => {
    await turn({ ssl: true, lines: 'hostssl' });
    const { look } = await lab({ licenses: ASKING });
    for (const mode of ['refuse', 'on-again']) {
      const [check] = await look(mode);
      expect(check).toMatchObject({ id: 'ssl', status: 'failed' });
      expect(check?.message).toContain('refuses connections without SSL');
      expect(check?.message).toMatch(/pg_hba\.conf has "hostssl" in line \d+/);
      expect(check?.message).toContain('Licenses.appsettings.json on qs1.example: "sslMode": "require"');
      expect(check?.hint).toContain('--set ssl=guided');
    }
    expect(await look('guided')).toMatchObject([{ status: 'warning' }]);
    const alone = await lab({ canAsk: false });
    expect((await alone.look('guided')).map(({ status }) => status)).toEqual(['warning', 'failed']);
  });

  it('is not believed to be off while anything asks for it', async () => {
    await turn({ ssl: true, lines: 'hostssl' });
    const { turn: switchTo, asked } = await lab({ confirm: () => Promise.resolve(true), licenses: ASKING });
    await expect(switchTo('off')).rejects.toThrow('the server still takes connections with SSL');
    expect(asked[0]).toMatch(
      /postgresql\.conf[^]*pg_hba\.conf[^]*Connection String Editor[^]*appsettings\.json/,
    );
  });

  it('is off when a person has switched it off', async () => {
    await turn({ ssl: true, lines: 'hostssl' });
    const { turn: switchTo } = await lab({
      confirm: async () => {
        await turn({ ssl: false, lines: 'host' });
        return true;
      },
    });
    expect((await switchTo('off')).outputs).toEqual({ switched: true });
  });

  it('is on again when every connection of the site is encrypted, and not before', async () => {
    await turn({ ssl: false, lines: 'host' });
    const { turn: switchTo, asked } = await lab({ confirm: () => Promise.resolve(true) });
    await expect(switchTo('on')).rejects.toThrow('the server takes no connection with SSL');
    expect(asked[0]).toContain('setup does not keep them');
    await turn({ ssl: true, lines: 'host' });
    await expect(switchTo('on')).rejects.toThrow('no connection of the site is encrypted (pg_stat_ssl)');
    const plain = await service(false);
    const secure = await service(true);
    await expect(switchTo('on')).rejects.toThrow('connections of the site without SSL: 1');
    await plain.close();
    await vi.waitFor(async () => {
      const { outputs, warnings } = await switchTo('on');
      expect(outputs).toEqual({ switched: true });
      expect(warnings).toEqual(['PostgreSQL still takes connections without SSL.']);
    }, PATIENTLY);
    await turn({ ssl: true, lines: 'hostssl' });
    expect((await switchTo('on')).warnings).toEqual([]);
    await secure.close();
  });
});
