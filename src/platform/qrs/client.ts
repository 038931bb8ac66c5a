import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { RepositoryApiError } from '../../contract/errors.ts';
import type { JsonValue } from '../../contract/json.ts';
import type { AnswerWait, RepositoryCredentials, RepositoryWriter } from '../../contract/node.ts';
import { connectionFailed, cutOff, notDone, notJson, refused, tooSlow } from './errors.ts';

const PORT = 4242;

/** Counts and facts are a few hundred bytes; whatever is larger is not what was asked for. */
const LARGEST_ANSWER = 1024 * 1024;

/** A client certificate of the site may act as any user; this one may read everything (practice of many scripts). */
const USER = 'UserDirectory=INTERNAL; UserId=sa_api';

/** What a change is answered with. */
const DONE = new Set([200, 201, 204]);

/** Where a repository API is. */
export interface RepositoryApiOptions {
  /** Asked for and demanded in the server's certificate. */
  readonly host: string;
  /** For tests. */
  readonly port?: number;
  readonly newKey?: () => string;
}

/**
 * Asks the repository API of one node by mutual TLS (help.qlik.com, "Repository Service API: Connect"): only the
 * site's own root is trusted, the name in the server's certificate must be that of the host or of the root, and each request has a
 * new cross-site key, in its address and in its header.
 */
export function createRepositoryApi(options: RepositoryApiOptions): RepositoryWriter {
  const { host, port = PORT, newKey = randomKey } = options;
  const url = (path: string): string =>
    `https://${isIP(host) === 6 ? `[${host}]` : host}:${String(port)}${path}`;
  async function ask(
    { method, path, body }: Parameters<RepositoryWriter['send']>[0],
    credentials: RepositoryCredentials,
    { timeoutMs, signal, largestBytes = LARGEST_ANSWER }: AnswerWait,
  ): Promise<string> {
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(timeoutMs);
    const key = newKey();
    const where = url(path);
    const content = body === undefined ? undefined : JSON.stringify(body);
    try {
      const { authorityHosts, identityTrouble } = await import('./server-name.ts');
      const ownNames = authorityHosts(credentials.rootsPem);
      const response = await send(
        {
          host,
          port,
          method,
          path: `${path}${path.includes('?') ? '&' : '?'}xrfkey=${key}`,
          headers: {
            accept: 'application/json',
            'X-Qlik-Xrfkey': key,
            'X-Qlik-User': USER,
            ...(content === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
          },
          cert: credentials.certificatePem,
          key: credentials.keyPem,
          ca: [...credentials.rootsPem],
          // Without a name there, Node.js compares the certificate with `host`; an address may not be one.
          ...(isIP(host) === 0 ? { servername: host } : {}),
          checkServerIdentity: (name, certificate) => identityTrouble([name, ...ownNames], certificate),
          agent: false,
        },
        content,
        signal === undefined ? limit : AbortSignal.any([signal, limit]),
      );
      const text = await textOf(response, where, largestBytes);
      const status = response.statusCode ?? 0;
      const done = method === 'GET' ? status === 200 : DONE.has(status);
      if (!done)
        throw method === 'GET' ? refused(where, status) : notDone(`${method} ${where}`, status, text);
      return text;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof RepositoryApiError) throw error;
      throw limit.aborted ? tooSlow(where, timeoutMs, error) : connectionFailed(where, host, error);
    }
  }

  return {
    url,
    async get(path, credentials, wait) {
      return parse(await ask({ method: 'GET', path }, credentials, wait), url(path));
    },
    async send(request, credentials, wait) {
      const text = await ask(request, credentials, wait);
      return text.trim() === '' ? null : parse(text, url(request.path));
    },
  };
}

async function send(
  options: RequestOptions,
  content: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  // Nodes are made for every command; few ask the API.
  const https = await import('node:https');
  return new Promise((resolve, reject) => {
    https
      .request({ ...options, signal }, resolve)
      .once('error', reject)
      .end(content);
  });
}

async function textOf(response: IncomingMessage, where: string, largestBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > largestBytes) throw notJson(where);
    parts.push(part);
  }
  if (!response.complete) throw cutOff(where);
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string, where: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw notJson(where);
  }
}

/** 16 letters and digits, as the API demands. */
function randomKey(): string {
  return randomBytes(8).toString('hex');
}
