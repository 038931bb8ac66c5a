import { execFile, execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError, VerificationError } from '../../../src/contract/errors.ts';
import { buildChain, chainProblems } from '../../../src/platform/certificates/chain.ts';
import { describeCertificate, readPem } from '../../../src/platform/certificates/describe.ts';
import { createAuthority, issue, type IssuedCertificate } from '../../../src/platform/certificates/issue.ts';
import { openPfx, writePfx } from '../../../src/platform/certificates/pfx.ts';

const run = promisify(execFile);
const password = 'geheim ü 1';
const notAfter = new Date('2040-01-02T03:04:05Z');
let folder: string;
let authority: IssuedCertificate;
let server: IssuedCertificate;

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function x509({ certificatePem }: IssuedCertificate): X509Certificate {
  return new X509Certificate(certificatePem);
}

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'certificate-test-'));
  authority = await createAuthority({ commonName: 'zentrale-ü-CA', years: 10 });
  server = await issue({
    authority,
    commonName: 'zentrale',
    role: 'Server',
    notAfter,
    hosts: ['zentrale', 'q.example'],
  });
}, 60_000);
afterAll(async () => {
  await fs.rm(folder, { recursive: true });
});

describe('issued certificates', () => {
  it('carry the role of Qlik Sense, names, end and host names', async () => {
    expect(describeCertificate(x509(authority))).toMatchObject({
      subject: 'CN=zentrale-ü-CA',
      issuer: 'CN=zentrale-ü-CA',
      qlikRole: 'Root',
    });
    expect(describeCertificate(x509(server))).toMatchObject({
      subject: 'CN=zentrale',
      issuer: 'CN=zentrale-ü-CA',
      notAfter: '2040-01-02T03:04:05.000Z',
      qlikRole: 'Server',
      thumbprint: expect.stringMatching(/^[0-9A-F]{40}$/u) as string,
    });
    expect(x509(server).checkHost('q.example')).toBe('q.example');
    expect(x509(server).checkHost('other.example')).toBeUndefined();
  });

  it('have no role when none was asked for', async () => {
    const cluster = await issue({ authority, commonName: 'QlikServiceCluster', notAfter });
    expect(describeCertificate(x509(cluster))).not.toHaveProperty('qlikRole');
  });

  it.skipIf(!hasOpenssl())('are accepted by openssl, extension included', async () => {
    const [ca, leaf] = [path.join(folder, 'ca.pem'), path.join(folder, 'leaf.pem')];
    await fs.writeFile(ca, authority.certificatePem);
    await fs.writeFile(leaf, server.certificatePem);
    const verified = await run('openssl', ['verify', '-CAfile', ca, leaf]);
    expect(verified.stdout).toContain('OK');
    const { stdout } = await run('openssl', ['x509', '-in', leaf, '-noout', '-text']);
    expect(stdout).toMatch(/1\.3\.6\.1\.5\.5\.7\.13\.3:\s*\n\s*Server/u);
    expect(await readPem(leaf)).toEqual(describeCertificate(x509(server)));
  });
});

describe('chains', () => {
  const now = new Date('2030-01-01T00:00:00Z');

  it('reach the root and are sound', () => {
    expect(buildChain(x509(server), [x509(authority)])).toHaveLength(2);
    expect(chainProblems(x509(server), [x509(authority)], now)).toEqual([]);
  });

  it('miss an issuer of the same name that did not sign', async () => {
    const impostor = await createAuthority({ commonName: 'zentrale-ü-CA', years: 10 });
    expect(chainProblems(x509(server), [x509(impostor)], now).map(({ kind }) => kind)).toEqual(['no-issuer']);
  });

  it('tell of expiry, of the issuer too', () => {
    const late = chainProblems(x509(server), [x509(authority)], new Date('2041-01-01T00:00:00Z'));
    expect(late.map(({ kind }) => kind)).toEqual(['expired', 'expired']);
    expect(late[0]?.message).toBe('CN=zentrale expired on 2040-01-02T03:04:05.000Z');
    const early = chainProblems(x509(server), [x509(authority)], new Date('2001-01-01T00:00:00Z'));
    expect(early.map(({ kind }) => kind)).toEqual(['not-yet-valid', 'not-yet-valid']);
  });
});

describe('PKCS #12 files', () => {
  async function write(name: string, word = password): Promise<string> {
    const file = path.join(folder, name);
    await writePfx({
      ...server,
      file,
      password: word,
      chain: [authority.certificatePem],
      friendlyName: 'zentrale',
    });
    return file;
  }

  it('give back certificate, key, chain and name', async () => {
    const contents = await openPfx(await write('round.pfx'), password);
    expect(contents.certificates).toMatchObject([
      { subject: 'CN=zentrale', qlikRole: 'Server', friendlyName: 'zentrale', keyPem: server.keyPem },
      { subject: 'CN=zentrale-ü-CA', qlikRole: 'Root' },
    ]);
    expect(contents.certificates[1]).not.toHaveProperty('keyPem');
    expect(contents.keys).toEqual([server.keyPem]);
    expect(contents.friendlyNames).toEqual(['zentrale']);
  });

  it.skipIf(process.platform === 'win32')('are readable by their owner only', async () => {
    expect(((await fs.stat(await write('mode.pfx'))).mode & 0o777).toString(8)).toBe('600');
  });

  it('do not open with another password', async () => {
    const file = await write('wrong.pfx');
    const error = await openPfx(file, 'falsch').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toContain('the password is wrong');
  });

  it('are told from files that are cut off or something else', async () => {
    const whole = await fs.readFile(await write('cut.pfx'));
    const file = path.join(folder, 'cut2.pfx');
    for (const data of [whole.subarray(0, whole.length - 100), Buffer.alloc(0), Buffer.from('no pfx')]) {
      await fs.writeFile(file, data);
      await expect(openPfx(file, password)).rejects.toBeInstanceOf(VerificationError);
    }
    const flipped = Buffer.from(whole);
    const middle = whole.length >> 1;
    flipped[middle] = (flipped[middle] ?? 0) ^ 1;
    await fs.writeFile(file, flipped);
    await expect(openPfx(file, password)).rejects.toBeInstanceOf(VerificationError);
  });

  it('are not written with an empty password', async () => {
    await expect(write('empty.pfx', '')).rejects.toBeInstanceOf(UsageError);
  });

  it.skipIf(!hasOpenssl())('are read by openssl, and those of openssl are read here', async () => {
    const file = await write('ours.pfx');
    const env = { ...process.env, WORD: password };
    const pem = path.join(folder, 'openssl.pem');
    await run('openssl', ['pkcs12', '-in', file, '-passin', 'env:WORD', '-nodes', '-out', pem], { env });
    expect(await fs.readFile(pem, 'utf8')).toContain('BEGIN PRIVATE KEY');

    // AES-256 with a SHA-256 MAC, as newer Windows and openssl 3 write it.
    const theirs = path.join(folder, 'theirs.pfx');
    const modern = ['-keypbe', 'AES-256-CBC', '-certpbe', 'AES-256-CBC', '-macalg', 'sha256'];
    const target = ['-passout', 'env:WORD', '-out', theirs];
    await run('openssl', ['pkcs12', '-export', '-in', pem, ...modern, ...target], { env });
    expect((await openPfx(theirs, password)).keys).toEqual([server.keyPem]);
  });

  it('of newer programs are read with any password', async () => {
    // Decrypted with the password in its other form, this one looks whole by chance, as one of 256 does; made by openssl 3.
    const file = new URL('../../fixtures/certificates/aes-chance.pfx', import.meta.url);
    const { certificates } = await openPfx(fileURLToPath(file), 'Größe 日本');
    expect(certificates).toMatchObject([{ subject: 'CN=fixture', keyPem: expect.any(String) as unknown }]);
    await expect(openPfx(fileURLToPath(file), 'Größe')).rejects.toThrow('the password is wrong');
  });

  it.skipIf(!hasOpenssl())('with keys that are not RSA are read too', async () => {
    const [key, pem, file] = ['ec.key', 'ec.pem', 'ec.pfx'].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    const env = { ...process.env, WORD: 'word' };
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=proxy'];
    await run('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', pem]);
    const from = ['-inkey', key, '-in', pem];
    await run('openssl', ['pkcs12', '-export', ...from, '-passout', 'env:WORD', '-out', file], { env });
    const contents = await openPfx(file, 'word');
    expect(contents.certificates).toMatchObject([{ subject: 'CN=proxy', keyPem: contents.keys[0] }]);
  });
});
