import type { X509Certificate } from 'node:crypto';

/** Something wrong with a certificate or with one above it, as a plain sentence. */
export interface ChainProblem {
  readonly kind: 'expired' | 'not-yet-valid' | 'no-issuer';
  readonly message: string;
}

/** The certificates from `leaf` up to its self-signed root, as far as they are in `pool`; signatures are checked. */
export function buildChain(leaf: X509Certificate, pool: readonly X509Certificate[]): X509Certificate[] {
  const chain = [leaf];
  for (let current = leaf; !isSelfSigned(current);) {
    const issuer = pool.find((candidate) => isIssuer(candidate, current));
    if (issuer === undefined || chain.includes(issuer)) break;
    chain.push(issuer);
    current = issuer;
  }
  return chain;
}

/** What is wrong with `leaf` at the time `now`: expiry of any certificate of its chain, or a root that is missing. */
export function chainProblems(
  leaf: X509Certificate,
  pool: readonly X509Certificate[],
  now: Date,
): ChainProblem[] {
  const chain = buildChain(leaf, pool);
  const problems = chain.flatMap((certificate) => validity(certificate, now));
  const last = chain.at(-1);
  if (last !== undefined && !isSelfSigned(last))
    problems.push({
      kind: 'no-issuer',
      message: `${nameOf(last)}: no certificate of its issuer (${last.issuer}) that signed it was found`,
    });
  return problems;
}

function validity(certificate: X509Certificate, now: Date): ChainProblem[] {
  const { validFrom, validTo } = certificate;
  if (now > new Date(validTo))
    return [
      { kind: 'expired', message: `${nameOf(certificate)} expired on ${new Date(validTo).toISOString()}` },
    ];
  if (now < new Date(validFrom))
    return [
      {
        kind: 'not-yet-valid',
        message: `${nameOf(certificate)} is valid only from ${new Date(validFrom).toISOString()}`,
      },
    ];
  return [];
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
}

function isIssuer(candidate: X509Certificate, certificate: X509Certificate): boolean {
  return candidate.ca && candidate.subject === certificate.issuer && certificate.verify(candidate.publicKey);
}

function nameOf(certificate: X509Certificate): string {
  return certificate.subject.split('\n').join(', ');
}
