import type { ServerResponse } from 'node:http';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RepositoryApiError } from '../../../src/contract/errors.ts';
import { createRepositoryApi } from '../../../src/platform/qrs/client.ts';
import type { IssuedCertificate } from '../../../src/platform/certificates/issue.ts';
import { findFreePort } from '../../../src/postgres/free-port.ts';
import { serveRepository, siteCertificates } from '../../helpers/repository-server.ts';
import type { Answer, SiteCertificates } from '../../helpers/repository-server.ts';

const wait = { timeoutMs: 20_000 };
let site: SiteCertificates;
let other: SiteCertificates;
let server: IssuedCertificate;
let close: (() => Promise<void>) | undefined;

beforeAll(async () => {
  [site, other] = await Promise.all([siteCertificates('qs1'), siteCertificates('other')]);
  server = await site.server('localhost', ['localhost']);
});

afterEach(async () => {
  await close?.();
  close = undefined;
});

async function serve(about: Answer, certificate = server): ReturnType<typeof serveRepository> {
  const running = await serveRepository(site, certificate, { '/qrs/about': about });
  ({ close } = running);
  return running;
}

async function failure(asked: Promise<unknown>): Promise<RepositoryApiError> {
  const error: unknown = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RepositoryApiError);
  return error as RepositoryApiError;
}

describe('the repository API', () => {
  it('is asked with the client certificate and a new cross-site key each time', async () => {
    const { port, requests, keys } = await serve({ buildVersion: '31.1.0' });
    const api = createRepositoryApi({ host: 'localhost', port });
    expect(api.url('/qrs/about')).toBe(`https://localhost:${String(port)}/qrs/about`);
    expect(await api.get('/qrs/about', site.credentials, wait)).toEqual({ buildVersion: '31.1.0' });
    await api.get('/qrs/about?privileges=true', site.credentials, wait);
    expect(requests).toEqual(['GET /qrs/about', 'GET /qrs/about']);
    expect(keys.size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^[a-z0-9]{16}$/);
  });

  it('takes an answer of more than a mebibyte only from whoever expects one', async () => {
    const { port } = await serve({ list: 'x'.repeat(1024 * 1024) });
    const api = createRepositoryApi({ host: 'localhost', port });
    const error = await failure(api.get('/qrs/about', site.credentials, wait));
    expect(error.message).toContain('not from the repository API');
    const large = { ...wait, largestBytes: 2 * 1024 * 1024 };
    expect(await api.get('/qrs/about', site.credentials, large)).toHaveProperty('list');
  });

  it('takes a certificate that has its name only as common name', async () => {
    const { port } = await serve({ ok: 1 }, await site.server('localhost'));
    const api = createRepositoryApi({ host: 'localhost', port });
    expect(await api.get('/qrs/about', site.credentials, wait)).toEqual({ ok: 1 });
  });

  it('is not believed when another root signed its certificate, and is asked nothing', async () => {
    const { port, requests } = await serve({ ok: 1 });
    const api = createRepositoryApi({ host: 'localhost', port });
    const credentials = { ...site.credentials, rootsPem: other.credentials.rootsPem };
    const error = await failure(api.get('/qrs/about', credentials, wait));
    expect(error.message).toMatch(/root of this site did not sign/);
    expect(requests).toEqual([]);
  });

  it('may have the certificate of the host that its site was restored from', async () => {
    const { port } = await serve({ ok: 1 }, await site.server('qs1', ['qs1']));
    const api = createRepositoryApi({ host: 'localhost', port });
    expect(await api.get('/qrs/about', site.credentials, wait)).toEqual({ ok: 1 });
  });

  it('is not believed when its certificate is for another name, which is told', async () => {
    const { port, requests } = await serve({ ok: 1 }, await site.server('qs9.example', ['qs9.example']));
    const error = await failure(
      createRepositoryApi({ host: 'localhost', port }).get('/qrs/about', site.credentials, wait),
    );
    expect(error.message).toContain('certificate is for qs9.example, not for localhost');
    expect(error.hint).toContain('site file');
    expect(requests).toEqual([]);
  });

  it('refuses a client certificate of another site', async () => {
    const { port, requests } = await serve({ ok: 1 });
    const { certificatePem, keyPem } = other.client;
    const credentials = { ...site.credentials, certificatePem, keyPem };
    const error = await failure(
      createRepositoryApi({ host: 'localhost', port }).get('/qrs/about', credentials, wait),
    );
    expect(`${error.message} ${String(error.hint)}`).toMatch(/client certificate/);
    expect(requests).toEqual([]);
  });

  it('refuses a request whose cross-site key is not as it must be, which is explained', async () => {
    const { port } = await serve({ ok: 1 });
    const api = createRepositoryApi({ host: 'localhost', port, newKey: () => 'short' });
    const error = await failure(api.get('/qrs/about', site.credentials, wait));
    expect(error.message).toMatch(/HTTP 400.*forged/);
    expect(error.hint).toContain('X-Qlik-Xrfkey');
  });

  it.each([
    [403, /forbids it/, /security rule/],
    [404, /does not have it/, /Log/],
    [500, /HTTP 500$/, /Log/],
  ])('explains HTTP %i', async (status, message, hint) => {
    const { port } = await serve((_request, response) => response.writeHead(status).end());
    const error = await failure(
      createRepositoryApi({ host: 'localhost', port }).get('/qrs/about', site.credentials, wait),
    );
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  const begin = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"buildVersion"');
  };

  it.each([
    ['never begins', () => undefined],
    ['stops in its middle', begin],
  ])('is not waited for longer than the limit when an answer %s', async (_what, answer) => {
    const { port } = await serve((_request, response) => answer(response));
    const asked = createRepositoryApi({ host: 'localhost', port }).get('/qrs/about', site.credentials, {
      timeoutMs: 300,
    });
    expect((await failure(asked)).message).toContain('no whole answer within 0.3 s');
  });

  it('says when an answer was cut off', async () => {
    const { port } = await serve((request, response) => {
      begin(response);
      setImmediate(() => request.socket.destroy());
    });
    const error = await failure(
      createRepositoryApi({ host: 'localhost', port }).get('/qrs/about', site.credentials, wait),
    );
    expect(error.message).toMatch(/closed the connection|cut off/);
  });

  it.each([
    ['no JSON', '<html>'],
    ['without end', 'x'.repeat(2_000_000)],
  ])('says when an answer is %s', async (_what, text) => {
    const { port } = await serve((_request, response) => response.end(text));
    const error = await failure(
      createRepositoryApi({ host: 'localhost', port }).get('/qrs/about', site.credentials, wait),
    );
    expect(error.message).toContain('not from the repository API');
  });

  it('says that nobody listens, with the port to open', async () => {
    const port = await findFreePort();
    const error = await failure(
      createRepositoryApi({ host: 'localhost', port }).get('/qrs/about', site.credentials, wait),
    );
    expect(error.message).toContain('cannot be reached (ECONNREFUSED)');
    expect(error.hint).toContain('4242');
  });

  it('is let go at once when the caller stops waiting', async () => {
    const stop = new AbortController();
    const { port } = await serve(() => {
      stop.abort(new Error('stopped'));
    });
    const asked = createRepositoryApi({ host: 'localhost', port }).get('/qrs/about', site.credentials, {
      ...wait,
      signal: stop.signal,
    });
    await expect(asked).rejects.toThrow('stopped');
  });
});
