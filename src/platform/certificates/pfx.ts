import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import fs from 'node:fs/promises';
import type { asn1, pkcs12 } from 'node-forge';
import type * as forgeTypes from 'node-forge';
import { messageOf, UsageError, VerificationError } from '../../contract/errors.ts';
import { describeCertificate, parseCertificate, type CertificateFacts } from './describe.ts';
import type { IssuedCertificate } from './issue.ts';

/** As many as Windows itself uses when it exports. */
const ITERATIONS = 2000;

/** One PKCS #12 file to be written. */
export interface PfxRequest extends IssuedCertificate {
  readonly file: string;
  readonly password: string;
  /** Certificates of the issuers, PEM, nearest first. */
  readonly chain?: readonly string[];
  readonly friendlyName?: string;
}

/** One certificate of a PKCS #12 file. */
export interface PfxCertificate extends CertificateFacts {
  readonly pem: string;
  readonly friendlyName?: string;
  /** Present when the file holds the key that fits, PEM. */
  readonly keyPem?: string;
}

/** What a PKCS #12 file holds. */
export interface PfxContents {
  readonly certificates: readonly PfxCertificate[];
  /** Private keys, PEM; also those that fit no certificate of the file. */
  readonly keys: readonly string[];
  readonly friendlyNames: readonly string[];
}

/**
 * Writes certificate, key and chain, readable by this user only. The key is encrypted with 3DES and the file has a
 * SHA-1 MAC: Windows Server 2016 takes a file with AES-256 and SHA-256 for one with a wrong password, and node-forge
 * writes no SHA-256 MAC.
 * @throws UsageError when the password is empty.
 */
export async function writePfx(request: PfxRequest): Promise<void> {
  if (request.password === '')
    throw new UsageError('the password for exported certificates is empty', {
      hint: 'Set certificates.password in the site file to a secret with a value.',
    });
  const [{ default: forge }, { default: writeFileAtomic }] = await Promise.all([
    import('node-forge'),
    import('write-file-atomic'),
  ]);
  const pfx = forge.pkcs12.toPkcs12Asn1(
    forge.pki.privateKeyFromPem(request.keyPem),
    [request.certificatePem, ...(request.chain ?? [])].map((pem) => forge.pki.certificateFromPem(pem)),
    request.password,
    {
      algorithm: '3des',
      count: ITERATIONS,
      ...(request.friendlyName !== undefined && { friendlyName: request.friendlyName }),
    },
  );
  const der = Buffer.from(forge.asn1.toDer(pfx).getBytes(), 'latin1');
  await writeFileAtomic(request.file, der, { mode: 0o600 });
}

/** A PKCS #12 file does not open with that password. One that is as it was written has another one. */
export class PfxPasswordError extends VerificationError {}

/** Opens a PKCS #12 file. @throws PfxPasswordError; VerificationError when the file is damaged. */
export async function openPfx(file: string, password: string): Promise<PfxContents> {
  const { default: forge } = await import('node-forge');
  const bags = openBags(forge, file, await fs.readFile(file), password);
  const { certBag, keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids;
  const keys = bags.filter(({ type }) => type === keyBag || type === pkcs8ShroudedKeyBag).map(keyOf);
  const certificates = await Promise.all(
    bags.filter(({ type }) => type === certBag).map((bag) => certificateOf(bag, file, keys, forge)),
  );
  return {
    certificates,
    keys: keys.map(pemOf),
    friendlyNames: [...new Set(bags.flatMap((bag) => friendlyNameOf(bag) ?? []))],
  };

  function keyOf(bag: pkcs12.Bag): KeyObject {
    if (bag.key) return createPrivateKey(forge.pki.privateKeyToPem(bag.key));
    const der = Buffer.from(forge.asn1.toDer(bag.asn1).getBytes(), 'latin1');
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  }
}

type Forge = typeof forgeTypes;

function openBags(forge: Forge, file: string, data: Buffer, password: string): pkcs12.Bag[] {
  let pfx;
  try {
    pfx = forge.asn1.fromDer(data.toString('latin1'));
  } catch (cause) {
    throw new VerificationError(`${file} is not a PKCS #12 file, or is damaged`, { cause });
  }
  try {
    return decrypt(forge, pfx, password);
  } catch (cause) {
    const wrong = /password/iu.test(messageOf(cause));
    if (!wrong) throw new VerificationError(`${file} cannot be read as a PKCS #12 file`, { cause });
    throw new PfxPasswordError(`${file} cannot be opened: the password is wrong, or the file is damaged`, {
      cause,
      hint: 'Use the password that was set when the certificates were exported.',
    });
  }
}

/** The MAC takes the password as UTF-16, the AES encryption of newer files takes it as UTF-8: node-forge knows one. */
function decrypt(forge: Forge, pfx: asn1.Asn1, password: string): pkcs12.Bag[] {
  const bagsWith = (from: asn1.Asn1, word: string) =>
    forge.pkcs12.pkcs12FromAsn1(from, word).safeContents.flatMap(({ safeBags }) => safeBags);
  try {
    return bagsWith(pfx, password);
  } catch (error) {
    const utf8 = forge.util.encodeUtf8(password);
    const wrong = messageOf(error).includes('MAC could not be verified');
    if (utf8 === password || wrong || !Array.isArray(pfx.value)) throw error;
    // One of 256 texts that were decrypted wrongly ends as a right one does, and then fails in some other way.
    // The MAC held, else it would have said so; without it the second form of the password gets to the contents.
    return bagsWith({ ...pfx, value: pfx.value.slice(0, 2) }, utf8);
  }
}

async function certificateOf(
  bag: pkcs12.Bag,
  file: string,
  keys: readonly KeyObject[],
  forge: Forge,
): Promise<PfxCertificate> {
  // node-forge reads only RSA certificates; of others it gives the ASN.1.
  const content = bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1;
  const certificate = parseCertificate(Buffer.from(forge.asn1.toDer(content).getBytes(), 'latin1'), file);
  const key = keys.find((candidate) => fits(certificate, candidate));
  const friendlyName = friendlyNameOf(bag);
  return {
    ...describeCertificate(certificate),
    pem: certificate.toString(),
    ...(friendlyName !== undefined && { friendlyName }),
    ...(key !== undefined && { keyPem: pemOf(key) }),
  };
}

function fits(certificate: X509Certificate, key: KeyObject): boolean {
  return (
    certificate.publicKey.asymmetricKeyType === key.asymmetricKeyType && certificate.checkPrivateKey(key)
  );
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function friendlyNameOf(bag: pkcs12.Bag): string | undefined {
  const names: unknown = (bag.attributes as { friendlyName?: unknown }).friendlyName;
  return Array.isArray(names) && typeof names[0] === 'string' ? names[0] : undefined;
}
