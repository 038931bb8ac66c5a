import fs from 'node:fs/promises';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createNodesReset } from '../../../src/actions/nodes-reset.ts';
import { noOffsite } from '../../../src/actions/offsite.ts';
import type { Action } from '../../../src/contract/action.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Node } from '../../../src/contract/node.ts';
import { NotReadyError } from '../../../src/contract/errors.ts';
import { createRedactor } from '../../../src/foundation/redaction.ts';
import { openPfx, writePfx } from '../../../src/platform/certificates/pfx.ts';
import { createRepositoryApi } from '../../../src/platform/qrs/client.ts';
import { createUnlock } from '../../../src/platform/qrs/unlock.ts';
import { findFreePort } from '../../../src/postgres/free-port.ts';
import { runOptions } from '../../helpers/engine.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { oneStep } from '../../helpers/one-step.ts';
import { serveRepository, siteCertificates, type SiteCertificates } from '../../helpers/repository-server.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeScratch, fakeSite } from '../../unit/actions/fakes.ts';
import { fakeVault } from '../../unit/actions/fake-vault.ts';
import { fakeNode } from '../../unit/actions/harness.ts';

const WORD = 'a word for the certificates';
const ONE_TIME = 'one-Time+Pass/word';
const ids = ['1', '2', '3'].map((digit) => `${digit.repeat(8)}-1111-1111-1111-111111111111`);
const INPUT: JsonObject = { set: 'SET', 'unlock-ms': 60_000 };

let site: SiteCertificates;
let other: SiteCertificates;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [site, other] = await Promise.all([siteCertificates('qs1'), siteCertificates('other')]);
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** One node as the repository has it. */
interface Registered extends Record<string, unknown> {
  id: string;
  name: string;
  hostName: string;
}

function registered(id: number, name: string, hostName: string, changes: object = {}): Registered {
  return {
    id: ids[id] ?? '',
    name,
    hostName,
    isCentral: name === 'Central',
    nodePurpose: 1,
    engineEnabled: true,
    proxyEnabled: false,
    schedulerEnabled: true,
    printingEnabled: false,
    failoverCandidate: false,
    ...changes,
  };
}

const TWO = () => [registered(0, 'Central', 'qs9.example'), registered(1, 'Rim of old', 'QS2.example')];

/** A repository that keeps its nodes in a list, and gives a password for each that was added. */
async function repository(nodes: Registered[], faults: { post?: number; start?: number } = {}) {
  const reply = (response: ServerResponse, status: number, body?: unknown) =>
    void response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body));
  const bodies: unknown[] = [];
  const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    'GET /qrs/servernodeconfiguration/full': (_request, response) => reply(response, 200, nodes),
    'POST /qrs/servernodeconfiguration/container': (request, response) => {
      void text(request).then((body) => {
        const { configuration } = JSON.parse(body) as { configuration: Registered };
        bodies.push(configuration);
        if (faults.post !== undefined) return reply(response, faults.post, 'The node cannot be reached');
        const added = { ...configuration, id: ids[2] ?? '', isCentral: false };
        nodes.push(added);
        return reply(response, 201, { configuration: added });
      });
    },
    [`GET /qrs/servernoderegistration/start/${String(ids[2])}`]: (_request, response) =>
      reply(response, faults.start ?? 200, ONE_TIME),
  };
  for (const id of ids)
    answers[`DELETE /qrs/servernodeconfiguration/${id}`] = (_request, response) => {
      const at = nodes.findIndex((node) => node.id === id);
      if (at >= 0) nodes.splice(at, 1);
      reply(response, at >= 0 ? 204 : 404);
    };
  const server = await serveRepository(site, await site.server('localhost', ['localhost']), answers);
  closing.push(server.close);
  return { ...server, bodies };
}

/** Port 4570 of a rim that waits for its certificates. */
async function waitingRim(status = 200) {
  const got: { type: string | undefined; body: string }[] = [];
  const server = http.createServer((request, response) => {
    void text(request).then((body) => {
      got.push({ type: request.headers['content-type'], body: `${String(request.url)} ${body}` });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  closing.push(() => new Promise((resolve) => void server.close(() => resolve())));
  return { port: (server.address() as AddressInfo).port, got };
}

/** Set, nodes and engine of one test. */
async function lab(options: {
  readonly apiPort: number;
  readonly rim?: Partial<Node>;
  readonly central?: Partial<Node>;
  readonly certificates?: SiteCertificates;
  /** Folder of an earlier lab: the same set, the same state. */
  readonly root?: string;
  readonly answer?: boolean;
}) {
  const { certificates = site, root = temporaryFolder() } = options;
  const stateFolder = path.join(root, 'state');
  const folder = path.join(root, 'SET', 'certificates');
  await fs.mkdir(folder, { recursive: true });
  const index = [];
  for (const [role, one] of [
    ['ca', certificates.authority],
    ['client', certificates.client],
  ] as const) {
    const chain = [certificates.authority.certificatePem];
    await writePfx({ ...one, file: path.join(folder, `${role}.pfx`), password: WORD, chain });
    const { fingerprint, subject, issuer } = new X509Certificate(one.certificatePem);
    index.push({
      ...{ role, file: `certificates/${role}.pfx`, subject, issuer, notBefore: 'x', notAfter: 'x' },
      store: role === 'ca' ? 'LocalMachine/Root' : 'CurrentUser/My',
      thumbprint: fingerprint.replaceAll(':', ''),
    });
  }
  await fs.writeFile(path.join(folder, 'index.json'), JSON.stringify(index));
  const vault = fakeVault(root);
  const redactor = createRedactor();
  const asked: string[] = [];
  const action = createNodesReset({
    site: fakeSite({ timeouts: { ...fakeSite().timeouts, ready: 60_000 } }),
    vault,
    offsite: noOffsite(vault),
    scratch: fakeScratch(),
    secrets: { read: async () => WORD },
    openPfx,
    clock: createManualClock(),
    hide: (secret) => {
      redactor.register(secret);
    },
    person: {
      canAsk: options.answer !== undefined,
      confirm: (question) => (asked.push(question), Promise.resolve(options.answer === true)),
    },
    stateFolder,
  }) as unknown as Action;
  const central = {
    ...fakeNode({ host: 'qs9.example' }),
    transport: 'local',
    repository: createRepositoryApi({ host: 'localhost', port: options.apiPort }),
    ...options.central,
  } as unknown as Node;
  const readies: string[] = [];
  const rim = {
    ...fakeNode({ name: 'rim', host: 'qs2.example', role: 'rim' }),
    canUnlock: true,
    ready: () => (readies.push('rim'), Promise.resolve()),
    ...options.rim,
  } as unknown as Node;
  const step = oneStep({
    action,
    nodes: [central, rim],
    stateFolder,
    more: { redact: (words) => redactor.redact(words) },
  });
  return { ...step, asked, readies, stateFolder, root };
}

const unlockAt = (port: number): Partial<Node> => ({ unlockCertificates: createUnlock({ port }) });

describe('a rim node', () => {
  it('is removed and added as it was, its certificates are unlocked, and it is waited for', async () => {
    const nodes = TWO();
    const api = await repository(nodes);
    const rim = await waitingRim();
    const { run, outputs, readies } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    expect(await run(INPUT)).toMatchObject({ outcome: 'done', warnings: [] });
    expect(api.requests).toEqual([
      'GET /qrs/servernodeconfiguration/full',
      `DELETE /qrs/servernodeconfiguration/${String(ids[1])}`,
      'POST /qrs/servernodeconfiguration/container',
      `GET /qrs/servernoderegistration/start/${String(ids[2])}`,
    ]);
    expect(api.bodies).toEqual([
      {
        name: 'Rim of old',
        hostName: 'qs2.example',
        nodePurpose: 1,
        engineEnabled: true,
        proxyEnabled: false,
        schedulerEnabled: true,
        printingEnabled: false,
        failoverCandidate: false,
      },
    ]);
    expect(rim.got).toEqual([
      {
        type: 'application/x-www-form-urlencoded',
        body: '/certificateSetup __pwd=one-Time%2BPass%2Fword',
      },
    ]);
    expect(readies).toEqual(['rim']);
    expect(outputs()).toEqual({ reset: ['rim'], byHand: false });
  });

  it('has its one-time password in no file of the run', async () => {
    const api = await repository(TWO());
    const rim = await waitingRim(500);
    const { run, stateFolder, events } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    expect((await run(INPUT)).outcome).toBe('failed');
    expect(rim.got).toHaveLength(1);
    const files = await fs.readdir(stateFolder, { recursive: true, withFileTypes: true });
    for (const entry of files.filter((one) => one.isFile())) {
      const content = await fs.readFile(path.join(entry.parentPath, entry.name), 'utf8');
      expect(content).not.toContain(ONE_TIME);
      expect(content).not.toContain('one-Time%2B');
    }
    expect(JSON.stringify(events)).not.toContain(ONE_TIME);
  });

  it('whose service is not up yet is asked again', async () => {
    const api = await repository(TWO());
    const rim = await waitingRim();
    const closed = await findFreePort();
    let attempts = 0;
    const unlockCertificates: Node['unlockCertificates'] = (password, wait) => {
      attempts += 1;
      return createUnlock({ port: attempts < 3 ? closed : rim.port })(password, wait);
    };
    const { run } = await lab({ apiPort: api.port, rim: { unlockCertificates } });
    expect((await run(INPUT)).outcome).toBe('done');
    expect(attempts).toBe(3);
  });

  it('that nothing can be run on is unlocked by a person', async () => {
    const api = await repository(TWO());
    const { run, asked } = await lab({ apiPort: api.port, rim: { canUnlock: false }, answer: true });
    expect((await run(INPUT)).outcome).toBe('done');
    expect(asked[0]).toContain('on qs2.example itself open http://localhost:4570/certificateSetup');
  });

  it('that the repository does not have is added with every service, and that is said', async () => {
    const api = await repository(TWO().slice(0, 1));
    const rim = await waitingRim();
    const { run } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    const { warnings } = await run(INPUT);
    expect(warnings[0]?.message).toContain('does not have it');
    expect(api.bodies[0]).toMatchObject({ name: 'rim', printingEnabled: true, nodePurpose: 2 });
  });

  it('that the site file does not have is left as it is, and named', async () => {
    const nodes = [...TWO(), registered(2, 'Stranger', 'qs7.example')];
    nodes[2] = { ...nodes[2], id: '4'.repeat(8) + '-1111-1111-1111-111111111111' } as Registered;
    const api = await repository(nodes);
    const rim = await waitingRim();
    const { run } = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
    const { warnings } = await run(INPUT);
    expect(warnings[0]?.message).toContain('Stranger (qs7.example)');
    expect(nodes.map(({ name }) => name)).toContain('Stranger');
  });
});

describe('what goes wrong', () => {
  it.each([
    ['the repository refuses the node', { post: 400 }, 'port 4444', 'was removed from the site'],
    ['there is no password', { start: 500 }, 'HTTP 500', 'was added anew'],
  ])(
    '%s: it says how far it came, and resume adds the node as it was',
    async (_what, faults, words, changed) => {
      const now: { post?: number; start?: number } = { ...faults };
      const api = await repository(TWO(), now);
      const rim = await waitingRim();
      const first = await lab({ apiPort: api.port, rim: unlockAt(rim.port) });
      const { error } = await first.run(INPUT);
      expect(`${String(error?.message)} ${String(error?.hint)}`).toContain(words);
      expect(error?.changed).toContain(changed);
      delete now.post;
      delete now.start;
      expect((await first.engine.resume(undefined, runOptions())).outcome).toBe('done');
      expect(api.bodies.at(-1)).toMatchObject({ name: 'Rim of old', nodePurpose: 1, proxyEnabled: false });
    },
  );

  it('a rim that does not get ready', async () => {
    const api = await repository(TWO());
    const rim = await waitingRim();
    const ready = () => Promise.reject(new NotReadyError('state 1', false));
    const { run } = await lab({ apiPort: api.port, rim: { ...unlockAt(rim.port), ready } });
    expect((await run(INPUT)).error?.message).toContain('rim (qs2.example): state 1');
  });

  it('an API that cannot be reached, or is of another site: a person does it in the QMC, and nothing is changed', async () => {
    const closed = await lab({ apiPort: await findFreePort(), answer: true });
    const { outcome, warnings } = await closed.run(INPUT);
    expect(outcome).toBe('done');
    expect(warnings[0]?.message).toContain('cannot be reached');
    expect(closed.asked[0]).toContain('Open the QMC (https://qs9.example/qmc)');
    expect(closed.outputs()).toEqual({ reset: ['rim'], byHand: true });

    const nodes = TWO();
    const api = await repository(nodes);
    const foreign = await lab({ apiPort: api.port, certificates: other });
    expect((await foreign.run(INPUT)).error?.message).toContain('there is no terminal');
    expect(api.requests).toEqual([]);
    expect(nodes).toHaveLength(2);
  });

  it('no repository API at all: a person, and for a simulated node nobody', async () => {
    const alone = await lab({ apiPort: 1, central: { repository: undefined as never }, answer: true });
    expect((await alone.run(INPUT)).outcome).toBe('done');
    expect(alone.asked).toHaveLength(1);
    const simulated = await lab({
      apiPort: 1,
      central: { repository: undefined as never, transport: 'simulated' },
    });
    expect((await simulated.run(INPUT)).outcome).toBe('done');
    expect(simulated.outputs()).toEqual({ reset: [] });
  });
});

it('a killed attempt that removed a node does not lose its settings', async () => {
  const nodes = TWO();
  const api = await repository(nodes);
  const rim = await waitingRim();
  const root = temporaryFolder();
  const doomed = createRepositoryApi({ host: 'localhost', port: api.port });
  await new Promise<void>((resolve, reject) => {
    void lab({
      apiPort: api.port,
      root,
      central: {
        repository: {
          ...doomed,
          async send(request, ...rest) {
            if (request.method !== 'POST') return doomed.send(request, ...rest);
            resolve();
            return new Promise(() => undefined);
          },
        },
      },
    }).then(({ run }) => run(INPUT).then(() => reject(new Error('not killed')), reject), reject);
  });
  expect(nodes.map(({ name }) => name)).toEqual(['Central']);
  const { engine } = await lab({ apiPort: api.port, rim: unlockAt(rim.port), root });
  await engine.recover(runOptions());
  expect((await engine.resume(undefined, runOptions())).outcome).toBe('done');
  expect(api.bodies.at(-1)).toMatchObject({ name: 'Rim of old', nodePurpose: 1, proxyEnabled: false });
});

it('the plan tells every call with what is known of it', async () => {
  const { describe: tell } = await lab({ apiPort: 4242 });
  const { operations } = await tell(INPUT);
  expect(operations.map((one) => (one.kind === 'http' ? `${one.method} ${one.url}` : one.kind))).toEqual([
    'file',
    'GET https://localhost:4242/qrs/servernodeconfiguration/full',
    'file',
    'DELETE https://localhost:4242/qrs/servernodeconfiguration/<old-id.rim>',
    'POST https://localhost:4242/qrs/servernodeconfiguration/container',
    'GET https://localhost:4242/qrs/servernoderegistration/start/<new-id.rim>',
    'POST http://localhost:4570/certificateSetup#qs2.example',
    'GET http://qs2.example:4444/status/servicestate',
    'human',
  ]);
});
