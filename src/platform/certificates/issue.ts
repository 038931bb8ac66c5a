import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { pki } from 'node-forge';
import { QLIK_ROLE_OID, type QlikRole } from './qlik-role.ts';

const KEY_BITS = 2048;
const CLOCK_SKEW_MS = 5 * 60_000;

/** A certificate with its private key, both PEM (the key PKCS #8, unencrypted). */
export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** What a new authority is called and how long it lasts. */
export interface AuthorityRequest {
  readonly commonName: string;
  readonly years: number;
  /** The moment it begins; now by default. */
  readonly now?: Date;
}

/** What a new certificate is for. */
export interface CertificateRequest {
  readonly authority: IssuedCertificate;
  readonly commonName: string;
  /** Text of the Qlik Sense extension; without it the certificate has none. */
  readonly role?: QlikRole;
  readonly notAfter: Date;
  /** Five minutes ago by default. */
  readonly notBefore?: Date;
  /** Host names a server certificate is good for. */
  readonly hosts?: readonly string[];
}

/** Makes a self-signed authority as Qlik Sense has one (`<host>-CA`), with the extension's text `Root`. */
export async function createAuthority(request: AuthorityRequest): Promise<IssuedCertificate> {
  const { default: forge } = await import('node-forge');
  const now = request.now ?? new Date();
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + request.years);
  const keys = await newKeys();
  const certificate = await blank(keys.publicKey, request.commonName, earlier(now), notAfter);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    { name: 'subjectKeyIdentifier' },
    { id: QLIK_ROLE_OID, value: 'Root' },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create());
  return { certificatePem: forge.pki.certificateToPem(certificate), keyPem: keys.privateKey };
}

/** Makes a certificate signed by `authority`. */
export async function issue(request: CertificateRequest): Promise<IssuedCertificate> {
  const { default: forge } = await import('node-forge');
  const issuer = forge.pki.certificateFromPem(request.authority.certificatePem);
  const keys = await newKeys();
  const notBefore = request.notBefore ?? earlier(new Date());
  const certificate = await blank(keys.publicKey, request.commonName, notBefore, request.notAfter);
  // A name that was read is UTF-8 in bytes; one that is set is text.
  certificate.setIssuer(
    issuer.subject.attributes.map((attribute) => ({
      ...attribute,
      value: forge.util.decodeUtf8(String(attribute.value)),
    })),
  );
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', clientAuth: true, ...(request.role !== 'Client' && { serverAuth: true }) },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    ...(request.hosts === undefined
      ? []
      : [{ name: 'subjectAltName', altNames: request.hosts.map((value) => ({ type: 2, value })) }]),
    ...(request.role === undefined ? [] : [{ id: QLIK_ROLE_OID, value: request.role }]),
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(request.authority.keyPem), forge.md.sha256.create());
  return { certificatePem: forge.pki.certificateToPem(certificate), keyPem: keys.privateKey };
}

async function blank(
  publicKey: string,
  commonName: string,
  notBefore: Date,
  notAfter: Date,
): Promise<pki.Certificate> {
  const { default: forge } = await import('node-forge');
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  // A leading 0x7f keeps the number positive and of fixed length.
  certificate.serialNumber = `7f${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = notBefore;
  certificate.validity.notAfter = notAfter;
  // UTF8String (12): a host name may have non-ASCII letters. The types know only PrintableString by name.
  const valueTagClass = forge.asn1.Type.UTF8 as unknown as NonNullable<pki.CertificateField['valueTagClass']>;
  certificate.setSubject([{ name: 'commonName', value: commonName, valueTagClass }]);
  return certificate;
}

// node:crypto makes a key in a tenth of a second, node-forge in seconds.
async function newKeys(): Promise<{ publicKey: string; privateKey: string }> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function earlier(date: Date): Date {
  return new Date(date.getTime() - CLOCK_SKEW_MS);
}
