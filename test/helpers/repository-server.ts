import https from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { RepositoryCredentials } from '../../src/contract/node.ts';
import { createAuthority, issue, type IssuedCertificate } from '../../src/platform/certificates/issue.ts';

/** What a request is answered with: an object as JSON, or by a function of the test. */
export type Answer = object | AnswerFunction;

type AnswerFunction = (request: IncomingMessage, response: ServerResponse) => void;

/** A site's certificates: a root, and what it signed. */
export interface SiteCertificates {
  readonly authority: IssuedCertificate;
  readonly client: IssuedCertificate;
  readonly credentials: RepositoryCredentials;
  /** A server certificate; without `hosts` it has its name only as common name, as older ones. */
  server(commonName: string, hosts?: readonly string[]): Promise<IssuedCertificate>;
}

/** Makes the certificates of one site. */
export async function siteCertificates(name: string): Promise<SiteCertificates> {
  const notAfter = new Date(Date.now() + 86_400_000);
  const authority = await createAuthority({ commonName: `${name}-CA`, years: 1 });
  const client = await issue({ authority, commonName: 'QlikClient', role: 'Client', notAfter });
  return {
    authority,
    client,
    credentials: {
      certificatePem: client.certificatePem,
      keyPem: client.keyPem,
      rootsPem: [authority.certificatePem],
    },
    server: (commonName, hosts) =>
      issue({ authority, commonName, role: 'Server', notAfter, ...(hosts === undefined ? {} : { hosts }) }),
  };
}

/** A server on loopback that demands what a Repository Service demands: client certificate, cross-site key, user. */
export async function serveRepository(
  site: Pick<SiteCertificates, 'authority'>,
  server: IssuedCertificate,
  /** By path, or by method and path; or what is asked with both. */
  answers: Readonly<Record<string, Answer>> | ((asked: string) => Answer | undefined),
): Promise<{ port: number; requests: string[]; keys: Set<string>; close: () => Promise<void> }> {
  const requests: string[] = [];
  const keys = new Set<string>();
  const listener = https.createServer(
    {
      cert: server.certificatePem,
      key: server.keyPem,
      ca: [site.authority.certificatePem],
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      const url = new URL(request.url ?? '/', 'https://localhost');
      const key = url.searchParams.get('xrfkey');
      requests.push(`${String(request.method)} ${url.pathname}`);
      if (key?.length !== 16 || request.headers['x-qlik-xrfkey'] !== key) {
        response.writeHead(400).end('XSRF prevention check failed. Possible XSRF discovered.');
        return;
      }
      keys.add(key);
      const isClient = (request.socket as TLSSocket).getPeerCertificate().subject.CN === 'QlikClient';
      const isUser = /^UserDirectory=\S+; UserId=\S+$/.test(String(request.headers['x-qlik-user']));
      if (!isClient || !isUser) {
        response.writeHead(401).end();
        return;
      }
      const asked = `${String(request.method)} ${url.pathname}`;
      const answer: Answer | undefined =
        typeof answers === 'function' ? answers(asked) : (answers[asked] ?? answers[url.pathname]);
      if (typeof answer === 'function') (answer as AnswerFunction)(request, response);
      else if (answer === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    },
  );
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (listener.address() as AddressInfo).port,
    requests,
    keys,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => {
          resolve();
        });
        listener.closeAllConnections();
      }),
  };
}
