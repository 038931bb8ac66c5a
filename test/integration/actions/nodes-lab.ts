import fs from 'node:fs/promises';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeAll } from 'vitest';
import { createNodesReset } from '../../../src/actions/nodes-reset.ts';
import { noOffsite } from '../../../src/actions/offsite.ts';
import type { Action } from '../../../src/contract/action.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Node } from '../../../src/contract/node.ts';
import { createRedactor } from '../../../src/foundation/redaction.ts';
import { openPfx, writePfx } from '../../../src/platform/certificates/pfx.ts';
import { createRepositoryApi } from '../../../src/platform/qrs/client.ts';
import { createUnlock } from '../../../src/platform/qrs/unlock.ts';
import { askedPerson } from '../../helpers/asked-person.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { oneStep } from '../../helpers/one-step.ts';
import { serveRepository, siteCertificates, type SiteCertificates } from '../../helpers/repository-server.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeScratch, fakeSite } from '../../unit/actions/fakes.ts';
import { fakeVault } from '../../unit/actions/fake-vault.ts';
import { fakeNode } from '../../unit/actions/harness.ts';

const WORD = 'a word for the certificates';
/** What a registration gives. */
export const ONE_TIME = 'one-Time+Pass/word';
/** Of the entries of the repository. */
export const ids = ['1', '2', '3'].map((digit) => `${digit.repeat(8)}-1111-1111-1111-111111111111`);
/** Input of the step. */
export const INPUT: JsonObject = { set: 'SET', 'unlock-ms': 60_000 };

let site: SiteCertificates;
/** Certificates of another site. */
export let other: SiteCertificates;
const closing: (() => Promise<void>)[] = [];

/** Certificates for the tests of a file, and the end of every server; called at its top. */
export function useNodesLab(): void {
  beforeAll(async () => {
    [site, other] = await Promise.all([siteCertificates('qs1'), siteCertificates('other')]);
  });
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
  });
}

/** One node as the repository has it. */
export interface Registered extends Record<string, unknown> {
  id: string;
  name: string;
  hostName: string;
}

/** One as the repository gives it. */
export function registered(id: number, name: string, hostName: string, changes: object = {}): Registered {
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

/** A central node and a rim. */
export const TWO = () => [
  registered(0, 'Central', 'qs9.example'),
  registered(1, 'Rim of old', 'QS2.example'),
];

/** A repository that keeps its nodes in a list, and gives a password for each that was added. */
export async function repository(
  nodes: Registered[],
  faults: { post?: number; start?: number; put?: number } = {},
) {
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
    [`GET /qrs/servernodeconfiguration/${String(ids[2])}`]: (_request, response) =>
      reply(
        response,
        200,
        nodes.find(({ id }) => id === ids[2]),
      ),
    [`PUT /qrs/servernodeconfiguration/${String(ids[2])}`]: (request, response) => {
      void text(request).then((body) => {
        bodies.push(JSON.parse(body));
        reply(response, faults.put ?? 200, {});
      });
    },
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
export async function waitingRim(status = 200) {
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
export async function lab(options: {
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
  const { asked, person } = askedPerson(options.answer);
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
    person,
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
  const leaves = (outputs: JsonObject | undefined) => action.leaves?.(outputs, [central, rim]);
  return { ...step, asked, readies, stateFolder, root, leaves };
}

/** What takes the one-time password on that port. */
export const unlockAt = (port: number): Partial<Node> => ({ unlockCertificates: createUnlock({ port }) });
