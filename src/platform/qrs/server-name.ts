import { X509Certificate } from 'node:crypto';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';

/**
 * Hosts that the site's own authorities are made for: `qs1.example` of `CN=qs1.example-CA`. A site that was restored to another
 * host name has the server certificate of the old one until a new one is made (manual 5.7, p. 212).
 */
export function authorityHosts(rootsPem: readonly string[]): string[] {
  return rootsPem.flatMap((pem) => /^CN=(.+)-CA$/im.exec(new X509Certificate(pem).subject)?.[1] ?? []);
}

/** Why a server's certificate is for none of the names; the reason for the first of them. */
export function identityTrouble(names: readonly string[], certificate: PeerCertificate): Error | undefined {
  const troubles = names.map((name) => checkServerIdentity(name, certificate));
  return troubles.includes(undefined) ? undefined : troubles[0];
}
