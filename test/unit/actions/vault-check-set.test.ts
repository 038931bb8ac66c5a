import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createVaultCheckSet } from '../../../src/actions/vault-check-set.ts';
import { VerificationError } from '../../../src/contract/errors.ts';
import type { PfxContents } from '../../../src/platform/certificates/pfx.ts';
import { fakeDump, parts, PLANNED } from './fakes.ts';
import { runAction } from './harness.ts';

describe('vault.check-set', () => {
  const content = (thumbprint: string, keyPem?: string): PfxContents => ({
    certificates: [
      {
        subject: '',
        issuer: '',
        notBefore: '',
        notAfter: '',
        pem: '',
        thumbprint,
        ...(keyPem === undefined ? {} : { keyPem }),
      },
    ],
    keys: [],
    friendlyNames: [],
  });

  async function prepared(openPfx: (file: string, password: string) => Promise<PfxContents>) {
    const c = { ...parts(), secrets: { read: async () => 'word' }, openPfx };
    const folder = path.join(c.root, 'SET');
    await fs.mkdir(path.join(folder, 'databases'), { recursive: true });
    await fs.mkdir(path.join(folder, 'certificates'));
    for (const name of c.site.database.names)
      await fakeDump(['-f', path.join(folder, 'databases', `${name}_backup.dump`)]);
    const entry = {
      role: 'ca',
      file: 'certificates/ca.pfx',
      store: 'LocalMachine/Root',
      subject: '',
      issuer: '',
      thumbprint: 'CA',
      notBefore: '',
      notAfter: '',
    };
    await fs.writeFile(path.join(folder, 'certificates/index.json'), JSON.stringify([entry]));
    return { c, folder };
  }
  const input = { set: 'SET', format: 'custom' };
  const planned = {
    planned: { set: '<set>', format: 'custom' },
    bindings: PLANNED.bindings,
    exec: async () => ({}),
  };

  it('reads every dump and opens every certificate file', async () => {
    const opened: string[] = [];
    const { c } = await prepared(async (file, password) => {
      opened.push(`${path.basename(file)} ${password}`);
      return content('CA', 'key');
    });
    const { outputs, left } = await runAction(createVaultCheckSet(c), input, planned);
    expect(outputs).toEqual({ dumps: 4, certificates: 1 });
    expect(opened).toEqual(['ca.pfx word']);
    expect(left).toEqual([]);
  });

  it('refuses a set in which a dump is missing or cut off', async () => {
    const { c, folder } = await prepared(async () => content('CA', 'key'));
    await fs.writeFile(path.join(folder, 'databases/QSMQ_backup.dump'), 'PGDMP some');
    await expect(runAction(createVaultCheckSet(c), input, planned)).rejects.toThrow(VerificationError);
    await fs.rm(path.join(folder, 'databases/QSMQ_backup.dump'));
    await expect(runAction(createVaultCheckSet(c), input, planned)).rejects.toThrow(VerificationError);
  });

  it("warns of a certificate of the customer's own that does not open, the set being good without it", async () => {
    const { c, folder } = await prepared(async () => content('OTHER', 'key'));
    const index = path.join(folder, 'certificates/index.json');
    const [entry] = JSON.parse(await fs.readFile(index, 'utf8')) as object[];
    await fs.writeFile(index, JSON.stringify([{ ...entry, role: 'included', use: 'encryption' }]));
    const { outputs, warnings } = await runAction(createVaultCheckSet(c), input, planned);
    expect(outputs).toMatchObject({ certificates: 1 });
    expect(warnings).toEqual([expect.stringContaining('does not hold the certificate')]);
  });

  it('refuses a certificate file without the key, or with another certificate', async () => {
    const keyless = await prepared(async () => content('CA'));
    await expect(runAction(createVaultCheckSet(keyless.c), input, planned)).rejects.toThrow(/private key/);
    const other = await prepared(async () => content('OTHER', 'key'));
    await expect(runAction(createVaultCheckSet(other.c), input, planned)).rejects.toThrow(VerificationError);
  });
});
