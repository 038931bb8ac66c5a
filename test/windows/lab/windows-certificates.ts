import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateStoreName } from '../../../src/contract/node.ts';
import { createAuthority, issue, type IssuedCertificate } from '../../../src/platform/certificates/issue.ts';
import { writePfx } from '../../../src/platform/certificates/pfx.ts';
import type { WindowsLab } from './windows-lab.ts';

const VALID_MS = 365 * 86_400_000;

/** Puts the four certificates of a site where the stand-in for PowerShell lists and exports them, protected by `password`. */
export async function makeCertificates(lab: WindowsLab, host: string, password: string): Promise<void> {
  const notAfter = new Date(Date.now() + VALID_MS);
  const authority = await createAuthority({ commonName: `${host}-CA`, years: 10 });
  const stored: [CertificateStoreName, IssuedCertificate][] = [
    ['LocalMachine/Root', authority],
    [
      'LocalMachine/My',
      await issue({ authority, commonName: host, role: 'Server', notAfter, hosts: [host] }),
    ],
    ['LocalMachine/My', await issue({ authority, commonName: 'QlikServiceCluster', notAfter })],
    ['CurrentUser/My', await issue({ authority, commonName: 'QlikClient', role: 'Client', notAfter })],
  ];
  const certificates: unknown[] = [];
  for (const [store, own] of stored) {
    const certificate = new X509Certificate(own.certificatePem);
    const thumbprint = certificate.fingerprint.replaceAll(':', '');
    certificates.push({
      store,
      thumbprint,
      // As Windows writes names, on one line.
      subject: certificate.subject.replaceAll('\n', ', '),
      issuer: certificate.issuer.replaceAll('\n', ', '),
      serial: certificate.serialNumber,
      notBefore: new Date(certificate.validFrom).toISOString(),
      notAfter: new Date(certificate.validTo).toISOString(),
      hasPrivateKey: true,
      keyState: 'exportable',
      raw: certificate.raw.toString('base64'),
    });
    const file = join(lab.drive, 'lab', `${thumbprint}.pfx`);
    await writePfx({ ...own, file, password, chain: own === authority ? [] : [authority.certificatePem] });
    lab.answer('certificates-export', { pfx: readFileSync(file).toString('base64') }, thumbprint);
  }
  lab.answer('certificates-list', { account: 'LAB\\service', certificates });
}
