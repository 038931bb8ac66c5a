import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCheckLicense } from '../../../src/actions/check-license.ts';
import { PreflightError, RepositoryApiError } from '../../../src/contract/errors.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';
import type { SetSummary } from '../../../src/vault/vault.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeDatabase, fakeSite, parts } from './fakes.ts';
import { checksOf, fakeNode, statuses, type FakeNode } from './harness.ts';
import { certificatesInSet } from './set-certificates.ts';

const SET: SetSummary = { id: 'SET', path: '', state: 'complete', createdAt: '' };
const ACME = { organization: 'Acme', product: 2, isExpired: false, serial: 'SECRET', key: 'SECRET' };

interface Given {
  /** Answer of the repository API; absent: there is none. */
  readonly api?: JsonValue | Error;
  /** Rows by table; an error: no connection. */
  readonly tables?: Readonly<Record<string, { columns: string[]; rows: object[] }>> | Error;
  readonly kept?: boolean;
  readonly password?: { prompt: true } | { env: string };
}

async function doctor(given: Given) {
  const c = parts();
  c.vault.sets = [SET];
  const folder = temporaryFolder();
  const pem = path.join(folder, 'Repository', 'Exported Certificates', '.Local Certificates');
  if (given.kept === true) {
    await fs.mkdir(pem, { recursive: true });
    for (const name of ['client', 'client_key', 'root'])
      await fs.writeFile(path.join(pem, `${name}.pem`), `kept ${name}`);
  }
  const { opened, openPfx } = await certificatesInSet(c);
  const tables = given.tables ?? {};
  const client: SqlClient = {
    async query<Row extends object>(text: string, values: readonly unknown[] = []) {
      if (tables instanceof Error) throw tables;
      if (text.includes('server_version_num'))
        return [{ version: '14.17', number: 140_017, superuser: true, standby: false }] as unknown as Row[];
      if (text.includes('datistemplate')) return [{ name: 'qsr' }] as unknown as Row[];
      if (text.includes('information_schema'))
        return (tables[String(values[0])]?.columns ?? []).map((column) => ({
          schema: 'public',
          column,
        })) as unknown as Row[];
      return (tables[/from "public"\."(\w+)"/.exec(text)?.[1] ?? '']?.rows ?? []) as Row[];
    },
    close: () => Promise.resolve(),
  };
  const asked: unknown[] = [];
  const node: FakeNode = fakeNode();
  const { api } = given;
  if (api !== undefined)
    Object.assign(node, {
      repository: {
        url: (where: string) => `https://qs1.example:4242${where}`,
        get: async (where: string, credentials: unknown) => {
          asked.push(where, credentials);
          if (api instanceof Error) throw api;
          return api;
        },
      },
    });
  const site = fakeSite();
  const result = await checksOf(
    createCheckLicense({
      ...c,
      site: {
        ...site,
        qlik: { ...site.qlik, programDataFolder: folder },
        certificates: { ...site.certificates, password: given.password ?? { env: 'PFX' } },
      },
      database: { ...fakeDatabase(), connect: async () => client },
      secrets: { read: async () => 'word' },
      openPfx,
      clock: createManualClock(),
    }),
    { node },
  );
  return { ...result, asked, opened, messages: result.checks.map(({ message }) => message) };
}

const ASSIGNED = {
  LicenseProfessionalAccessTypes: { columns: ['ID'], rows: [{ count: 12 }] },
};

describe('check.license', () => {
  it('asks the repository API with the files that the Repository Service keeps, and says no secret', async () => {
    const { messages, asked, opened, checks } = await doctor({ api: ACME, kept: true, tables: ASSIGNED });
    expect(messages).toEqual([
      'The license: product 2, of Acme.',
      'Access assigned to users: 12 professional.',
    ]);
    expect(statuses(checks)).toEqual(['license ok', 'license-assignments ok']);
    expect(asked).toEqual([
      '/qrs/license',
      { certificatePem: 'kept client', keyPem: 'kept client_key', rootsPem: ['kept root'] },
    ]);
    expect(opened).toEqual([]);
    expect(JSON.stringify(checks)).not.toContain('SECRET');
  });

  it('asks with the certificate of the newest set where no files are kept', async () => {
    const { messages, asked } = await doctor({ api: ACME });
    expect(messages[0]).toContain('of Acme');
    expect(asked[1]).toMatchObject({ certificatePem: 'CLIENT PEM', keyPem: 'CLIENT KEY' });
  });

  it('asks nobody for a password, and reads the database then', async () => {
    const { messages, asked, opened } = await doctor({
      api: ACME,
      password: { prompt: true },
      tables: { Licenses: { columns: ['Organization'], rows: [{ c0: 'From the database' }] } },
    });
    expect([asked, opened]).toEqual([[], []]);
    expect(messages[0]).toBe('The license: of From the database.');
  });

  it('says why nothing is known, which is no warning', async () => {
    const nobody = await doctor({});
    expect(nobody.messages).toEqual([
      'Which license the site has was not found out: qs1.example has no repository API that could be asked.',
      'How many users have access assigned was not found out.',
    ]);
    const broken = await doctor({
      api: new RepositoryApiError('it answers 403'),
      kept: true,
      tables: new PreflightError('There is no server.'),
    });
    expect(broken.messages[0]).toMatch(/it answers 403; There is no server\.$/);
    expect(statuses(broken.checks)).toEqual(['license ok', 'license-assignments ok']);
  });

  it.each([
    [{ ...ACME, isExpired: true }, 'expired'],
    [{ ...ACME, isInvalid: true }, 'invalid'],
    [{ ...ACME, keyDetails: 'Valid To: 2000-01-01 12:00:00 AM' }, 'until 2000-01-01'],
    [null, 'The site has no license.'],
  ])('warns of a license that serves nobody: %j', async (api, words) => {
    const { checks } = await doctor({ api, kept: true });
    expect(checks[0]).toMatchObject({
      status: 'warning',
      message: expect.stringContaining(words) as string,
      hint: expect.stringContaining('QMC') as string,
    });
  });

  it('lets a bug of ours through', async () => {
    await expect(doctor({ api: new TypeError('a bug'), kept: true })).rejects.toThrow('a bug');
  });
});
