import { X509Certificate } from 'node:crypto';
import fs from 'node:fs/promises';
import { VerificationError } from '../../contract/errors.ts';
import type { CertificateInfo } from '../../contract/node.ts';
import { readQlikRole } from './qlik-role.ts';

/** What a certificate says of itself, wherever it lies. */
export type CertificateFacts = Omit<CertificateInfo, 'store' | 'hasPrivateKey'>;

/** Reads a certificate from PEM or DER. @throws VerificationError naming `source` when it is none. */
export function parseCertificate(data: string | Buffer, source: string): X509Certificate {
  try {
    return new X509Certificate(data);
  } catch (cause) {
    throw new VerificationError(`${source} is not a certificate that can be read`, { cause });
  }
}

/** Facts of a certificate: times in ISO 8601 UTC, thumbprint as Windows shows it (SHA-1, upper case). */
export function describeCertificate(certificate: X509Certificate): CertificateFacts {
  const qlikRole = readQlikRole(certificate.raw);
  return {
    thumbprint: thumbprintOf(certificate),
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    notBefore: new Date(certificate.validFrom).toISOString(),
    notAfter: new Date(certificate.validTo).toISOString(),
    ...(qlikRole !== undefined && { qlikRole }),
  };
}

/** Reads the facts of the first certificate in a PEM file. */
export async function readPem(file: string): Promise<CertificateFacts> {
  return describeCertificate(parseCertificate(await fs.readFile(file), file));
}

/** SHA-1 of the certificate, upper case, without colons. */
export function thumbprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint.replaceAll(':', '');
}

function oneLine(name: string): string {
  return name.split('\n').join(', ');
}
