/**
 * The extension that tells what a Qlik Sense certificate is for: its value is the plain text Root, Server or Client
 * and must fit the store (manual, "Invalid certificate").
 */
export const QLIK_ROLE_OID = '1.3.6.1.5.5.7.13.3';

/** What a Qlik Sense certificate may be for. */
export type QlikRole = 'Root' | 'Server' | 'Client';

/** The OID with tag and length, as it stands in every certificate that has the extension (X.690, 8.19). */
const ENCODED_OID = Buffer.from('06082b06010505070d03', 'hex');
const BOOLEAN = 0x01;
const OCTET_STRING = 0x04;
/** A longer value is no role: its length would not fit into one byte. */
const LONGEST = 0x7f;
// UTF8String, OCTET STRING, PrintableString, IA5String: some writers wrap the text once more.
const TEXT_TAGS = new Set([0x0c, 0x04, 0x13, 0x16]);

/**
 * Reads the text of the extension from a certificate in DER; undefined when it has none. An extension is an OID, for some
 * a BOOLEAN, and an OCTET STRING with the value (RFC 5280, 4.1); a library that reads all of it takes 40 ms to load.
 */
export function readQlikRole(der: Buffer): string | undefined {
  for (let at = der.indexOf(ENCODED_OID); at !== -1; at = der.indexOf(ENCODED_OID, at + 1)) {
    let rest = der.subarray(at + ENCODED_OID.length);
    if (rest[0] === BOOLEAN) rest = rest.subarray(3);
    const [tag, length = 0] = rest;
    // The same OID may stand in another place, as the purpose of a key.
    if (tag === OCTET_STRING && length <= LONGEST && rest.length >= 2 + length)
      return unwrap(rest.subarray(2, 2 + length).toString('latin1'));
  }
  return undefined;
}

function unwrap(value: string): string {
  const wrapped = TEXT_TAGS.has(value.charCodeAt(0)) && value.charCodeAt(1) === value.length - 2;
  return wrapped ? value.slice(2) : value;
}
