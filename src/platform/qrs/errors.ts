import { messageOf, RepositoryApiError } from '../../contract/errors.ts';

const FOREIGN_ROOT = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

/** The connection did not come about, or broke. */
export function connectionFailed(where: string, host: string, cause: unknown): RepositoryApiError {
  const code = codeOf(cause);
  const failed = (message: string, hint: string): RepositoryApiError =>
    new RepositoryApiError(`${where}: ${message}`, { hint, cause });
  if (FOREIGN_ROOT.has(code))
    return failed(
      'the server shows a certificate that the root of this site did not sign',
      'Another site, or something between here and the server, answers on that port. Look at the certificates of the server (manual 6.3, p. 228).',
    );
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return failed(
      `the server's certificate is for ${nameIn(cause)}, not for ${host}`,
      'Write the name in the certificate as host of the node in the site file, or correct the name service.',
    );
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return failed(
      `the server's certificate ${code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'}`,
      'Look at the clocks of both machines; renew the certificates (manual 6.1, p. 219).',
    );
  if (code.startsWith('ERR_SSL') || code === 'EPROTO')
    return failed(
      `TLS failed (${code})`,
      'The server refuses the client certificate, or speaks no TLS there. The certificate must be QlikClient of this site.',
    );
  if (code === 'ECONNRESET')
    return failed(
      'the server closed the connection',
      'It does so when the client certificate is not of this site, and while it starts or stops.',
    );
  return failed(
    `cannot be reached (${code === '' ? messageOf(cause) : code})`,
    `Let this machine reach ${host} on port 4242 (manual 1.3, "Ports").`,
  );
}

/** The API answered with another status than 200. */
export function refused(where: string, status: number): RepositoryApiError {
  return new RepositoryApiError(`${where}: HTTP ${String(status)}${STATUS_WORDS[status] ?? ''}`, {
    hint: STATUS_HINTS[status] ?? 'Look into %ProgramData%\\Qlik\\Sense\\Log\\Repository on that server.',
  });
}

/** A change was refused; the service says why in its own words. */
export function notDone(what: string, status: number, answer: string): RepositoryApiError {
  const words = answer.replace(/\s+/g, ' ').trim().slice(0, 200);
  return new RepositoryApiError(`${what}: HTTP ${String(status)}${words === '' ? '' : `: ${words}`}`, {
    hint:
      status === 400
        ? 'A node is refused so when the central node cannot reach its port 4444, or when its name or host is taken (manual 1.3, "Ports").'
        : (STATUS_HINTS[status] ?? 'Look into %ProgramData%\\Qlik\\Sense\\Log\\Repository on that server.'),
  });
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: ': the Repository Service takes the request for a forged one',
  401: ': the Repository Service does not know who asks',
  403: ': the Repository Service knows who asks, and forbids it',
  404: ': this release does not have it',
  503: ': the Repository Service is not ready',
};

const STATUS_HINTS: Readonly<Record<number, string>> = {
  400: 'Something between here and the server removes the header X-Qlik-Xrfkey or changes the address.',
  401: 'The client certificate must be QlikClient of this site.',
  403: 'Look whether the client certificate is QlikClient of this site, whether a security rule takes rights from INTERNAL\\sa_api, and whether something between here and the server removes the header X-Qlik-Xrfkey.',
};

/** No whole answer in time. */
export function tooSlow(where: string, limitMs: number, cause: unknown): RepositoryApiError {
  return new RepositoryApiError(`${where}: no whole answer within ${String(limitMs / 1000)} s`, {
    hint: 'The server is busy or the network loses packets; look at the load of the server and of the database.',
    cause,
  });
}

/** The answer ended in its middle. */
export function cutOff(where: string): RepositoryApiError {
  return new RepositoryApiError(`${where}: the answer was cut off`, {
    hint: 'The service may have stopped meanwhile.',
  });
}

/** The answer is no JSON of a sensible size. */
export function notJson(where: string): RepositoryApiError {
  return new RepositoryApiError(`${where}: what was answered is not from the repository API`, {
    hint: 'Another program may listen on that port.',
  });
}

/** Codes of the system and of OpenSSL; some errors carry theirs in their cause. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}

function nameIn(error: unknown): string {
  const { cert } = error as { cert?: { subject?: { CN?: unknown }; subjectaltname?: unknown } };
  if (typeof cert?.subjectaltname === 'string') return cert.subjectaltname.replaceAll('DNS:', '');
  return typeof cert?.subject?.CN === 'string' ? cert.subject.CN : 'another name';
}
