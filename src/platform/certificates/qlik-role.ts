import type { asn1 } from 'node-forge';

/**
 * The extension that tells what a Qlik Sense certificate is for: its value is the plain text Root, Server or Client
 * and must fit the store (manual, "Invalid certificate").
 */
export const QLIK_ROLE_OID = '1.3.6.1.5.5.7.13.3';

/** What a Qlik Sense certificate may be for. */
export type QlikRole = 'Root' | 'Server' | 'Client';

const EXTENSIONS_TAG = 3;
// UTF8String, OCTET STRING, PrintableString, IA5String: some writers wrap the text once more.
const TEXT_TAGS = new Set([0x0c, 0x04, 0x13, 0x16]);

/** Reads the text of the extension from a certificate in DER; undefined when it has none. */
export async function readQlikRole(der: Buffer): Promise<string | undefined> {
  const { default: forge } = await import('node-forge');
  const [tbs] = children(forge.asn1.fromDer(forge.util.createBuffer(der.toString('latin1'))));
  const wrapper = children(tbs).find(
    (part) => part.tagClass === forge.asn1.Class.CONTEXT_SPECIFIC && Number(part.type) === EXTENSIONS_TAG,
  );
  for (const extension of children(children(wrapper)[0])) {
    const parts = children(extension);
    const oid = parts[0]?.value;
    const value = parts.at(-1)?.value;
    if (typeof oid !== 'string' || typeof value !== 'string') continue;
    if (forge.asn1.derToOid(oid) === QLIK_ROLE_OID) return unwrap(value);
  }
  return undefined;
}

function children(node: asn1.Asn1 | undefined): asn1.Asn1[] {
  return Array.isArray(node?.value) ? node.value : [];
}

function unwrap(value: string): string {
  const wrapped = TEXT_TAGS.has(value.charCodeAt(0)) && value.charCodeAt(1) === value.length - 2;
  return wrapped ? value.slice(2) : value;
}
