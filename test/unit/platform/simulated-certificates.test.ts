import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CertificateManager } from '../../../src/contract/node.ts';
import { createAuthority, issue } from '../../../src/platform/certificates/issue.ts';
import { openPfx } from '../../../src/platform/certificates/pfx.ts';
import { addToStore, createSimulatedCertificates } from '../../../src/platform/simulated/certificates.ts';
import { readKeyAccess } from '../../helpers/key-access.ts';

let folder: string;
let certificates: CertificateManager;

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'store-test-'));
  certificates = createSimulatedCertificates(folder);
  const authority = await createAuthority({ commonName: 'central-CA', years: 10 });
  const notAfter = new Date('2040-01-01T00:00:00Z');
  await addToStore(folder, 'LocalMachine/Root', authority);
  await addToStore(
    folder,
    'LocalMachine/My',
    await issue({ authority, commonName: 'central', role: 'Server', notAfter, hosts: ['central'] }),
  );
  const client = await issue({ authority, commonName: 'QlikClient', role: 'Client', notAfter });
  await addToStore(folder, 'CurrentUser/My', { certificatePem: client.certificatePem });
}, 60_000);
afterAll(async () => {
  await fs.rm(folder, { recursive: true });
});

async function inStore(store: string) {
  const found = (await certificates.list()).find((info) => info.store === store);
  if (found === undefined) throw new Error(`nothing in ${store}`);
  return found;
}

it('lists every store, and tells which certificates have their key', async () => {
  expect(await certificates.list()).toMatchObject([
    { store: 'LocalMachine/Root', subject: 'CN=central-CA', qlikRole: 'Root', hasPrivateKey: true },
    { store: 'LocalMachine/My', subject: 'CN=central', qlikRole: 'Server', hasPrivateKey: true },
    { store: 'CurrentUser/My', subject: 'CN=QlikClient', qlikRole: 'Client', hasPrivateKey: false },
  ]);
});

it('gives an empty list when there are no stores', async () => {
  expect(await createSimulatedCertificates(path.join(folder, 'nowhere')).list()).toEqual([]);
});

it('exports with the chain, removes, and imports again', async () => {
  const file = path.join(folder, 'central.pfx');
  const { thumbprint, store } = await inStore('LocalMachine/My');
  await certificates.export(store, thumbprint, file, 'word');
  const contents = await openPfx(file, 'word');
  expect(contents.certificates.map(({ subject }) => subject)).toEqual(['CN=central', 'CN=central-CA']);

  await certificates.remove(store, thumbprint.toLowerCase());
  expect(await certificates.list()).toHaveLength(2);
  expect(await certificates.import(store, file, 'word')).toMatchObject({ thumbprint, hasPrivateKey: true });
  expect(await certificates.list()).toHaveLength(3);
});

it('refuses what it cannot do, with the reason', async () => {
  const client = await inStore('CurrentUser/My');
  const file = path.join(folder, 'none.pfx');
  await expect(certificates.export(client.store, client.thumbprint, file, 'word')).rejects.toThrow(
    'no private key',
  );
  await expect(certificates.export('LocalMachine/My', 'AB'.repeat(20), file, 'word')).rejects.toThrow(
    'there is no certificate',
  );
});

it('removes nothing when it is not there, and says nothing', async () => {
  const client = await inStore('CurrentUser/My');
  await certificates.remove('LocalMachine/Root', client.thumbprint);
  expect(await certificates.list()).toHaveLength(3);
});

it('imports one that is there only where its key is missing', async () => {
  const file = path.join(folder, 'again.pfx');
  const { thumbprint, store } = await inStore('LocalMachine/My');
  await certificates.export(store, thumbprint, file, 'word');
  const key = path.join(folder, 'certificates', 'LocalMachine', 'My', `${thumbprint.toLowerCase()}.key`);
  await certificates.import(store, file, 'word');
  expect(await certificates.list()).toHaveLength(3);
  await fs.rm(key);
  expect(await inStore('LocalMachine/My')).toMatchObject({ hasPrivateKey: false });
  expect(await certificates.import(store, file, 'word')).toMatchObject({ hasPrivateKey: true });
  expect(await certificates.list()).toHaveLength(3);
});

it('keeps who was given access to a key, as long as the key is there', async () => {
  const file = path.join(folder, 'access.pfx');
  const { thumbprint, store } = await inStore('LocalMachine/My');
  await certificates.export(store, thumbprint, file, 'word');
  for (const account of ['ACME\\svc', 'acme\\SVC', 'ACME\\other'])
    await certificates.import(store, file, 'word', account);
  await certificates.import(store, file, 'word');
  expect(readKeyAccess(folder)).toEqual({ [`${store} ${thumbprint}`]: ['ACME\\svc', 'ACME\\other'] });
  await certificates.remove(store, thumbprint);
  expect(readKeyAccess(folder)).toEqual({});
  await certificates.import(store, file, 'word', 'ACME\\svc');
  expect(readKeyAccess(folder)).toEqual({ [`${store} ${thumbprint}`]: ['ACME\\svc'] });
});
