import type { X509Certificate } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { ExpectedError, VerificationError } from '../../contract/errors.ts';
import type { CertificateInfo, CertificateManager, CertificateStoreName } from '../../contract/node.ts';
import { holdsNoKey, readCertificateFile } from '../certificates/certificate-file.ts';
import { buildChain } from '../certificates/chain.ts';
import { describeCertificate, parseCertificate, thumbprintOf } from '../certificates/describe.ts';
import type { IssuedCertificate } from '../certificates/issue.ts';
import { openPfx, writePfx } from '../certificates/pfx.ts';
import { forgetKeyAccess, giveKeyAccess } from './key-access.ts';

/** Every store a node has. */
export const CERTIFICATE_STORES: readonly CertificateStoreName[] = [
  'LocalMachine/Root',
  'LocalMachine/My',
  'CurrentUser/My',
];

interface StoredCertificate {
  readonly store: CertificateStoreName;
  readonly pemFile: string;
  readonly keyFile: string;
  readonly certificate: X509Certificate;
  readonly keyPem: string | undefined;
}

/**
 * Certificate stores as folders: `<folder>/certificates/LocalMachine/My/NAME.pem`, its private key, where there is
 * one, beside it as `NAME.key`; `<folder>/key-access.json` tells who was given access to which key.
 */
export function createSimulatedCertificates(folder: string): CertificateManager {
  return {
    async list() {
      return Promise.all((await readAll(folder)).map(infoOf));
    },
    async export(store, thumbprint, file, password) {
      const all = await readAll(folder);
      const { certificate, keyPem } = find(all, store, thumbprint);
      if (holdsNoKey(file)) return fs.writeFile(file, certificate.raw, { flag: 'wx', mode: 0o600 });
      if (keyPem === undefined)
        throw new ExpectedError(`certificate ${thumbprint} in ${store} has no private key to export`, {
          hint: 'Export it on the machine that has the key.',
        });
      const pool = all.map((stored) => stored.certificate);
      const chain = buildChain(certificate, pool).slice(1).map(String);
      const certificatePem = certificate.toString();
      await writePfx({ file, password, certificatePem, keyPem, chain });
    },
    async import(store, file, password, account) {
      if (holdsNoKey(file)) {
        const certificate = await readCertificateFile(file);
        const thumbprint = thumbprintOf(certificate);
        if (findIn(await readAll(folder), store, thumbprint) === undefined)
          await addToStore(folder, store, { certificatePem: certificate.toString() });
        return infoOf(find(await readAll(folder), store, thumbprint));
      }
      const { certificates } = await openPfx(file, password);
      const own = certificates.find(({ keyPem }) => keyPem !== undefined);
      if (own?.keyPem === undefined)
        throw new VerificationError(`${file} holds no certificate with its private key`);
      const there = findIn(await readAll(folder), store, own.thumbprint);
      if (there?.keyPem === undefined) {
        if (there !== undefined) await fs.rm(there.pemFile);
        await forgetKeyAccess(folder, store, own.thumbprint);
        await addToStore(folder, store, { certificatePem: own.pem, keyPem: own.keyPem });
      }
      if (account !== undefined) await giveKeyAccess(folder, store, own.thumbprint, account);
      return infoOf(find(await readAll(folder), store, own.thumbprint));
    },
    async remove(store, thumbprint) {
      const found = findIn(await readAll(folder), store, thumbprint);
      if (found === undefined) return;
      await fs.rm(found.pemFile);
      await fs.rm(found.keyFile, { force: true });
      await forgetKeyAccess(folder, store, thumbprint);
    },
  };
}

/** Puts a certificate into a store of a simulated node; one with the same thumbprint is replaced. */
export async function addToStore(
  folder: string,
  store: CertificateStoreName,
  { certificatePem, keyPem }: { certificatePem: string; keyPem?: IssuedCertificate['keyPem'] },
): Promise<void> {
  const name = thumbprintOf(parseCertificate(certificatePem, 'the certificate')).toLowerCase();
  const target = path.join(storeFolder(folder, store), name);
  await fs.mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  // The key first: a certificate without its key would be found and taken for one that has none.
  if (keyPem !== undefined) await fs.writeFile(`${target}.key`, keyPem, { mode: 0o600 });
  await fs.writeFile(`${target}.pem`, certificatePem);
}

/** A certificate of a store with its key, by its subject; undefined when there is none with its key. */
export async function readStoredKeys(
  folder: string,
  store: CertificateStoreName,
  subject: string,
): Promise<IssuedCertificate | undefined> {
  const found = (await readAll(folder)).find(
    (stored) =>
      stored.store === store &&
      describeCertificate(stored.certificate).subject === subject &&
      stored.keyPem !== undefined,
  );
  return found?.keyPem === undefined
    ? undefined
    : { certificatePem: found.certificate.toString(), keyPem: found.keyPem };
}

function storeFolder(folder: string, store: CertificateStoreName): string {
  return path.join(folder, 'certificates', ...store.split('/'));
}

async function readAll(folder: string): Promise<StoredCertificate[]> {
  const stores = CERTIFICATE_STORES.map(async (store) => {
    const location = storeFolder(folder, store);
    const names = ((await missingIsUndefined(fs.readdir(location))) ?? []).sort();
    const pems = names.filter((name) => name.endsWith('.pem'));
    return Promise.all(pems.map((name) => readStored(store, path.join(location, name))));
  });
  return (await Promise.all(stores)).flat();
}

async function readStored(store: CertificateStoreName, pemFile: string): Promise<StoredCertificate> {
  const keyFile = pemFile.replace(/\.pem$/u, '.key');
  const certificate = parseCertificate(await fs.readFile(pemFile), pemFile);
  return {
    store,
    pemFile,
    keyFile,
    certificate,
    keyPem: await missingIsUndefined(fs.readFile(keyFile, 'utf8')),
  };
}

async function infoOf({ store, certificate, keyPem }: StoredCertificate): Promise<CertificateInfo> {
  return { store, ...describeCertificate(certificate), hasPrivateKey: keyPem !== undefined };
}

function find(
  all: readonly StoredCertificate[],
  store: CertificateStoreName,
  thumbprint: string,
): StoredCertificate {
  const found = findIn(all, store, thumbprint);
  if (found === undefined)
    throw new ExpectedError(`there is no certificate ${thumbprint} in ${store}`, {
      hint: 'Look at the certificates again: it was removed or replaced in the meantime.',
    });
  return found;
}

function findIn(
  all: readonly StoredCertificate[],
  store: CertificateStoreName,
  thumbprint: string,
): StoredCertificate | undefined {
  const wanted = thumbprint.toUpperCase();
  return all.find((stored) => stored.store === store && thumbprintOf(stored.certificate) === wanted);
}

async function missingIsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
