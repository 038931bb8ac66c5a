import { X509Certificate } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ExpectedError, VerificationError } from '../../../../src/contract/errors.ts';
import type { JsonObject, JsonValue } from '../../../../src/contract/json.ts';
import { thumbprintOf } from '../../../../src/platform/certificates/describe.ts';
import {
  createAuthority,
  issue,
  type IssuedCertificate,
} from '../../../../src/platform/certificates/issue.ts';
import { writePfx } from '../../../../src/platform/certificates/pfx.ts';
import { createWindowsCertificates } from '../../../../src/platform/windows/certificates.ts';
import { PowerShellError, type PowerShell } from '../../../../src/platform/windows/powershell.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

let authority: IssuedCertificate;
let server: IssuedCertificate;

beforeAll(async () => {
  authority = await createAuthority({ commonName: 'qs1-CA', years: 10 });
  const notAfter = new Date('2040-01-01T00:00:00Z');
  server = await issue({ authority, commonName: 'qs1', role: 'Server', notAfter });
}, 60_000);

/** A PowerShell that answers with `answer`, or fails with it. */
function fake(answer: JsonValue | Error): { powershell: PowerShell; calls: [string, JsonObject][] } {
  const calls: [string, JsonObject][] = [];
  return {
    calls,
    powershell: {
      async run(script, input) {
        calls.push([script, input]);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  };
}

/** As certificates-list.ps1 tells it. */
function told({ certificatePem }: IssuedCertificate, changes: JsonObject = {}): JsonObject {
  const certificate = new X509Certificate(certificatePem);
  return {
    store: 'LocalMachine/My',
    thumbprint: thumbprintOf(certificate),
    subject: 'as Windows writes it',
    issuer: 'as Windows writes it',
    serial: certificate.serialNumber,
    notBefore: '2020-01-01T00:00:00Z',
    notAfter: '2021-01-01T00:00:00Z',
    hasPrivateKey: true,
    keyState: 'exportable',
    raw: certificate.raw.toString('base64'),
    ...changes,
  };
}

const thumbprint = 'AB'.repeat(20);

describe('the certificate stores of Windows', () => {
  it('are listed with what the certificates themselves say', async () => {
    const { powershell, calls } = fake({ account: 'X\\svc', certificates: [told(server)] });
    const list = await createWindowsCertificates({ powershell }).list();
    expect(calls).toEqual([
      ['certificates-list', { stores: ['LocalMachine/Root', 'LocalMachine/My', 'CurrentUser/My'] }],
    ]);
    expect(list).toEqual([
      {
        store: 'LocalMachine/My',
        thumbprint: thumbprintOf(new X509Certificate(server.certificatePem)),
        subject: 'CN=qs1',
        issuer: 'CN=qs1-CA',
        notBefore: expect.stringMatching(/^20.*Z$/) as string,
        notAfter: '2040-01-01T00:00:00.000Z',
        qlikRole: 'Server',
        hasPrivateKey: true,
        keyState: 'exportable',
      },
    ]);
  });

  it('may hold a certificate that only Windows reads: it is listed as Windows says', async () => {
    const strange = told(server, { raw: 'AAAA', keyState: null, thumbprint });
    const { powershell } = fake({ certificates: [strange, told(authority, { keyState: null })] });
    const [first, second] = await createWindowsCertificates({ powershell }).list();
    expect(first).toMatchObject({ thumbprint, subject: 'as Windows writes it' });
    expect(first).not.toHaveProperty('keyState');
    expect(second).toMatchObject({ subject: 'CN=qs1-CA', qlikRole: 'Root' });
  });

  it('are not taken for empty when the answer is none', async () => {
    const { powershell } = fake({ certificates: [{ thumbprint: 'x' }] });
    await expect(createWindowsCertificates({ powershell }).list()).rejects.toThrow('was not understood');
  });
});

describe('an export from Windows', () => {
  it('writes what PowerShell gives, for its user alone, and never over a file', async () => {
    const file = path.join(temporaryFolder(), "a [b] $(c)'`.pfx");
    const { powershell, calls } = fake({ pfx: Buffer.from('content').toString('base64') });
    const certificates = createWindowsCertificates({ powershell });
    await certificates.export('LocalMachine/My', thumbprint, file, 'w"ö$(x)');
    expect(calls).toEqual([
      ['certificates-export', { store: 'LocalMachine/My', thumbprint, password: 'w"ö$(x)' }],
    ]);
    expect(await fs.readFile(file, 'utf8')).toBe('content');
    if (process.platform !== 'win32') expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
    await fs.writeFile(file, 'the only copy');
    await expect(certificates.export('LocalMachine/My', thumbprint, file, 'w')).rejects.toThrow(
      'exists already',
    );
    expect(await fs.readFile(file, 'utf8')).toBe('the only copy');
  });

  it('that cannot be written says so', async () => {
    const { powershell } = fake({ pfx: 'AAAA' });
    const file = path.join(temporaryFolder(), 'not', 'there.pfx');
    const certificates = createWindowsCertificates({ powershell });
    await expect(certificates.export('LocalMachine/My', thumbprint, file, 'w')).rejects.toMatchObject({
      message: expect.stringContaining('cannot be written') as string,
      hint: expect.stringContaining('folder') as string,
    });
  });

  it.each([
    ['System.Security.Cryptography.CryptographicException', '0x8009000B', 'cannot be exported', 'exportable'],
    ['System.ComponentModel.Win32Exception', '0x8009000B', 'cannot be exported', 'p. 189'],
    ['System.Security.Cryptography.CryptographicException', '0x80070005', 'denied', 'elevated'],
    ['System.ComponentModel.Win32Exception', '0x00000005', 'denied', 'elevated'],
    ['System.UnauthorizedAccessException', '0x80131500', 'denied', 'elevated'],
    ['System.Security.Cryptography.CryptographicException', '0x80090016', 'may not use it', 'p. 225'],
    ['System.ComponentModel.Win32Exception', '0x00000056', 'password', '5.5'],
    ['System.IO.IOException', '0x80070020', 'has the file open', 'Try again'],
    ['System.ComponentModel.Win32Exception', '0x00000490', 'no such certificate', 'replaced'],
    ['System.Management.Automation.CommandNotFoundException', '0x80131501', 'module PKI', 'by hand'],
    ['System.Exception', '0x80131500', 'Der Vorgang', 'snap-in'],
  ])('that fails with %s %s is explained whatever the language', async (type, hresult, message, hint) => {
    const { powershell } = fake(new PowerShellError('Der Vorgang ging schief.', type, { hresult }));
    const failed = createWindowsCertificates({ powershell }).export(
      'LocalMachine/My',
      thumbprint,
      '/x',
      'secret',
    );
    await expect(failed).rejects.toMatchObject({
      message: expect.stringContaining(message) as string,
      hint: expect.stringContaining(hint) as string,
    });
    await expect(failed).rejects.toBeInstanceOf(ExpectedError);
    await expect(failed).rejects.not.toThrow('secret');
  });

  it('that PowerShell does not run for another reason keeps that reason', async () => {
    const reason = new PowerShellError('PowerShell may not run it.', 'ExecutionPolicy', {
      hint: 'Allow scripts.',
    });
    const certificates = createWindowsCertificates({ powershell: fake(reason).powershell });
    await expect(certificates.list()).rejects.toMatchObject({ hint: 'Allow scripts.' });
    const bug = createWindowsCertificates({ powershell: fake(new TypeError('a bug')).powershell });
    await expect(bug.list()).rejects.toBeInstanceOf(TypeError);
  });
});

describe('a certificate without a private key', () => {
  it('is exported as it lies in the store, and never over a file', async () => {
    const own = told(server, { hasPrivateKey: false, keyState: null });
    const { powershell, calls } = fake({ certificates: [own] });
    const file = path.join(temporaryFolder(), 'own.cer');
    const certificates = createWindowsCertificates({ powershell });
    const mark = thumbprintOf(new X509Certificate(server.certificatePem));
    await certificates.export('LocalMachine/My', mark, file, '');
    expect(new X509Certificate(await fs.readFile(file)).subject).toBe('CN=qs1');
    expect(calls).toEqual([['certificates-list', { stores: ['LocalMachine/My'] }]]);
    await expect(certificates.export('LocalMachine/My', mark, file, '')).rejects.toThrow('not overwritten');
    const gone = createWindowsCertificates({ powershell: fake({ certificates: [] }).powershell });
    await expect(gone.export('LocalMachine/My', thumbprint, `${file}.cer`, '')).rejects.toThrow('not there');
  });

  it('is put into its store without a password', async () => {
    const own = told(server, { hasPrivateKey: false, keyState: null });
    const file = path.join(temporaryFolder(), 'own.cer');
    await fs.writeFile(file, new X509Certificate(server.certificatePem).raw);
    const { powershell, calls } = fake(own);
    const info = await createWindowsCertificates({ powershell }).import('LocalMachine/My', file, '');
    expect(info).toMatchObject({ subject: 'CN=qs1', hasPrivateKey: false });
    expect(calls).toEqual([
      ['certificates-add', { store: 'LocalMachine/My', thumbprint: own['thumbprint'], raw: own['raw'] }],
    ]);
  });
});

describe('an import into Windows', () => {
  async function pfxOf(issued: IssuedCertificate): Promise<string> {
    const file = path.join(temporaryFolder(), 'own.pfx');
    await writePfx({ ...issued, file, password: 'right', chain: [authority.certificatePem] });
    return file;
  }

  it('gives PowerShell the file and which certificate of it is meant', async () => {
    const file = await pfxOf(server);
    const { powershell, calls } = fake(told(server));
    const info = await createWindowsCertificates({ powershell }).import('LocalMachine/My', file, 'right');
    expect(info).toMatchObject({ store: 'LocalMachine/My', subject: 'CN=qs1', hasPrivateKey: true });
    expect(calls).toEqual([
      [
        'certificates-import',
        {
          store: 'LocalMachine/My',
          thumbprint: info.thumbprint,
          pfx: (await fs.readFile(file)).toString('base64'),
          password: 'right',
          account: null,
        },
      ],
    ]);
  });

  it('names the account that must be able to read the key', async () => {
    const file = await pfxOf(server);
    const { powershell, calls } = fake(told(server));
    const certificates = createWindowsCertificates({ powershell });
    await certificates.import('LocalMachine/My', file, 'right', 'ACME\\svc-qlik');
    expect(calls[0]?.[1]['account']).toBe('ACME\\svc-qlik');
  });

  it.each([
    [
      'System.ComponentModel.Win32Exception',
      '0x00000534',
      'does not know the account',
      'Nothing was imported',
    ],
    ['System.ComponentModel.Win32Exception', '0x00000002', 'nobody was given access', 'Manage Private Keys'],
  ])('that cannot give access (%s %s) says so', async (type, hresult, message, hint) => {
    const { powershell } = fake(new PowerShellError('Der Vorgang ging schief.', type, { hresult }));
    const file = await pfxOf(server);
    await expect(
      createWindowsCertificates({ powershell }).import('LocalMachine/My', file, 'right', 'ACME\\svc'),
    ).rejects.toMatchObject({
      message: expect.stringContaining(message) as string,
      hint: expect.stringContaining(hint) as string,
    });
  });

  it('with a wrong password touches no store', async () => {
    const { powershell, calls } = fake(told(server));
    const file = await pfxOf(server);
    await expect(
      createWindowsCertificates({ powershell }).import('LocalMachine/My', file, 'wrong'),
    ).rejects.toBeInstanceOf(VerificationError);
    expect(calls).toEqual([]);
  });
});

it('a removal names store and thumbprint, and nothing else', async () => {
  const { powershell, calls } = fake({ keyRemoved: true });
  await createWindowsCertificates({ powershell }).remove('CurrentUser/My', thumbprint);
  expect(calls).toEqual([['certificates-remove', { store: 'CurrentUser/My', thumbprint }]]);
});
