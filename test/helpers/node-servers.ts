import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { issue, type IssuedCertificate } from '../../src/platform/certificates/issue.ts';
import { serversFile } from '../../src/platform/simulated/stand-in-servers.ts';
import type { ServerAddress } from '../../src/postgres/server.ts';
import { serveRepository, type Answer } from './repository-server.ts';
import { certificatesOf } from './restore-site.ts';
import { runningIn } from './running-services.ts';

const REPOSITORY = 'QlikSenseRepositoryService';
const NODES = '/qrs/servernodeconfiguration';
/** How long the answer to a change takes: time to kill the tool when it is done there, and not known here. */
const ANSWER_MS = 150;
/** What was given to each rim in the QMC; a node that is added has none of it. */
const TAGS: readonly Tag[] = [{ id: '77777777-1111-1111-1111-111111111111', name: 'Nachtläufe' }];

interface Tag {
  readonly id: string;
  readonly name: string;
}

/** A rim as the repository has it, and whether it took the password of this registration. */
export interface RimRegistration {
  readonly host: string;
  readonly unlocked: boolean;
  readonly tags: readonly string[];
}

/** Servers that answer for two simulated nodes. */
export interface NodeServers {
  /** All rims in the repository. */
  rims(): Promise<RimRegistration[]>;
  close(): Promise<void>;
}

/** Two simulated nodes that nothing answers for yet. */
export interface ServedNodes {
  /** Folders of the nodes. */
  readonly central: string;
  readonly rim: string;
  /** Whose certificates the site has. */
  readonly authority: IssuedCertificate;
  /** Of the repository database: nodes are kept there, so that a rollback takes them along. */
  readonly database: ServerAddress;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly hostName: string;
  readonly isCentral: boolean;
}

/**
 * Serves the repository API of the central node and port 4570 of the rim, each while its Repository Service runs, and tells
 * the nodes so. A rim that has no certificates waits for a password from the moment it is added; each password counts once, and
 * only for the registration that it was made for. It is given no certificates: every restore ends the same.
 */
export async function serveNodes({ central, rim, authority, database }: ServedNodes): Promise<NodeServers> {
  const words = new Map<string, string>();
  const unlocked = new Set<string>();
  const tags = new Map<string, readonly Tag[]>();
  let waiting = false;

  const query = async <R extends object>(
    statement: string,
    values: readonly unknown[] = [],
  ): Promise<R[]> => {
    const client = new pg.Client({ ...database, database: 'QSR' });
    await client.connect();
    try {
      return (await client.query<R>(statement, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const rows = (): Promise<Row[]> =>
    query(
      `SELECT "ID" AS id, "Name" AS name, "HostName" AS "hostName", "IsCentral" AS "isCentral"
         FROM "ServerNodeConfigurations" ORDER BY "Name"`,
    );
  const full = (row: Row): object => ({
    ...row,
    ...{ nodePurpose: 2, engineEnabled: true, proxyEnabled: true, schedulerEnabled: true },
    ...{ printingEnabled: true, failoverCandidate: false, customProperties: [] },
    tags: tags.get(row.id) ?? TAGS,
  });

  async function changeNode(method: string, id: string, request: IncomingMessage): Promise<Reply> {
    const row = (await rows()).find((one) => one.id === id);
    if (row === undefined) return { status: 404 };
    if (method === 'PUT') {
      const given = (await json(request)) as { tags: Tag[] };
      tags.set(id, given.tags);
    } else if (method === 'DELETE') {
      await query('DELETE FROM "ServerNodeConfigurations" WHERE "ID" = $1', [id]);
      words.delete(id);
      return { status: 204 };
    }
    return { status: 200, body: full({ ...row }) };
  }

  async function add(request: IncomingMessage): Promise<Reply> {
    const { configuration } = (await json(request)) as { configuration: Record<string, unknown> };
    const id = randomUUID();
    await query('INSERT INTO "ServerNodeConfigurations" VALUES ($1, $2, $3, false, $4, $5, $6, $7, $8, $9)', [
      id,
      ...['name', 'hostName', 'failoverCandidate', 'nodePurpose', 'engineEnabled', 'proxyEnabled'].map(
        (key) => configuration[key],
      ),
      ...['schedulerEnabled', 'printingEnabled'].map((key) => configuration[key]),
    ]);
    tags.set(id, []);
    waiting = true;
    return { status: 201, body: { configuration: { ...configuration, id } } };
  }

  async function reply(request: IncomingMessage): Promise<Reply> {
    const { pathname } = new URL(request.url ?? '/', 'https://localhost');
    const method = String(request.method);
    const id = pathname.split('/').at(-1) ?? '';
    if (`${method} ${pathname}` === `GET ${NODES}/full`)
      return { status: 200, body: (await rows()).map(full) };
    if (`${method} ${pathname}` === `POST ${NODES}/container`) return add(request);
    if (pathname === `${NODES}/${id}`) return changeNode(method, id, request);
    if (pathname !== `/qrs/servernoderegistration/start/${id}`) return { status: 404 };
    if (!(await rows()).some((row) => row.id === id)) return { status: 404 };
    const word = randomUUID();
    words.set(id, word);
    return { status: 200, body: word };
  }

  const answer: Answer = (request, response) => {
    if (!runningIn(central).includes(REPOSITORY)) return void request.socket.destroy();
    answerWith(response, reply(request), request.method !== 'GET');
  };
  const certificate = await issue({
    ...{ authority, commonName: 'localhost', role: 'Server', hosts: ['localhost'] },
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const api = await serveRepository({ authority }, certificate, () => answer);

  async function unlock(request: IncomingMessage): Promise<Reply> {
    const word = new URLSearchParams(await text(request)).get('__pwd');
    const id = [...words].find(([, one]) => one === word)?.[0];
    if (id === undefined) return { status: 403 };
    words.delete(id);
    unlocked.add(id);
    waiting = false;
    return { status: 200 };
  }
  const port = http.createServer((request, response) => {
    if (!waiting || hasCertificates(rim) || !runningIn(rim).includes(REPOSITORY))
      return void request.socket.destroy();
    answerWith(response, unlock(request), true);
  });
  await new Promise<void>((resolve) => port.listen(0, 'localhost', resolve));

  const tell = (folder: string, servers: object): void => {
    writeFileSync(serversFile(folder), JSON.stringify({ schemaVersion: 1, ...servers }));
  };
  tell(central, { repository: api.port });
  tell(rim, { certificates: (port.address() as AddressInfo).port });

  return {
    async rims() {
      const found = (await rows()).filter(({ isCentral }) => !isCentral);
      return found.map(({ id, hostName }) => ({
        host: hostName,
        unlocked: unlocked.has(id),
        tags: (tags.get(id) ?? TAGS).map(({ name }) => name),
      }));
    },
    async close() {
      await api.close();
      port.closeAllConnections();
      await new Promise((resolve) => port.close(resolve));
    },
  };
}

function hasCertificates(node: string): boolean {
  return Object.keys(certificatesOf(node)).length > 0;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

function answerWith(response: ServerResponse, made: Promise<Reply>, isChange: boolean): void {
  made
    .then(async ({ status, body }) => {
      if (isChange) await pause(ANSWER_MS);
      response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body));
    })
    .catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
}
