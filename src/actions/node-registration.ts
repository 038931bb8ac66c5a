import * as z from 'zod';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { ReadableNode } from '../contract/node.ts';
import { sameHost } from '../foundation/same-host.ts';

/** Paths of the repository API (Qlik-Cli-Windows, `Register-QlikNode`; help.qlik.com, "ServerNodeConfiguration"). */
export const NODES_PATH = '/qrs/servernodeconfiguration/full';
export const ADD_PATH = '/qrs/servernodeconfiguration/container';
export const removePath = (id: string): string => `/qrs/servernodeconfiguration/${id}`;
export const startPath = (id: string): string => `/qrs/servernoderegistration/start/${id}`;

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);

const nodeSchema = z.object({
  id: uuid,
  name: z.string(),
  hostName: z.string(),
  isCentral: z.boolean(),
  nodePurpose: z.number().default(0),
  engineEnabled: z.boolean().default(true),
  proxyEnabled: z.boolean().default(true),
  schedulerEnabled: z.boolean().default(true),
  printingEnabled: z.boolean().default(true),
  failoverCandidate: z.boolean().default(false),
});

/** A node as the repository has it. */
export type RegisteredNode = z.infer<typeof nodeSchema>;

/** Reads the answer of {@link NODES_PATH}; undefined when it is none. */
export function readNodes(answer: JsonValue): RegisteredNode[] | undefined {
  return z.array(nodeSchema).safeParse(answer).data;
}

/** The one that is the node of the site file, by its host or its name. */
export function findRegistered(
  nodes: readonly RegisteredNode[],
  { name, host }: Pick<ReadableNode, 'name' | 'host'>,
): RegisteredNode | undefined {
  const rims = nodes.filter(({ isCentral }) => !isCentral);
  return rims.find((one) => sameHost(one.hostName, host)) ?? rims.find((one) => one.name === name);
}

/** What is sent to add a node as it was. */
export function additionOf(node: Omit<RegisteredNode, 'id' | 'isCentral'>, host: string): JsonObject {
  const { name, nodePurpose, engineEnabled, proxyEnabled, schedulerEnabled, printingEnabled } = node;
  const { failoverCandidate } = node;
  return {
    configuration: {
      ...{ name, hostName: host, nodePurpose, failoverCandidate },
      ...{ engineEnabled, proxyEnabled, schedulerEnabled, printingEnabled },
    },
  };
}

/** The id that a new node got; undefined when the answer has none. */
export function addedId(answer: JsonValue): string | undefined {
  return z.object({ configuration: z.object({ id: uuid }) }).safeParse(answer).data?.configuration.id;
}

/** The one-time password; undefined when the answer is none. */
export function oneTimePassword(answer: JsonValue): string | undefined {
  return typeof answer === 'string' && answer !== '' ? answer : undefined;
}

/** What a person does where the repository API or a rim cannot be reached (manual 2.2, p. 126). */
export function resetByHand(rims: readonly Pick<ReadableNode, 'name' | 'host'>[], central: string): string {
  return [
    `Open the QMC (https://${central}/qmc) as a root admin.`,
    `Nodes: write down purpose, services and failover of ${rims.map(({ name, host }) => `${name} (${host})`).join(', ')}.`,
    'Nodes: delete each of them, then Create new with the same host and the same settings, and apply.',
    'The QMC shows a password. On that rim node itself, open http://localhost:4570/certificateSetup in a browser and enter it.',
    'Where its services do not run as an administrator, repository.exe -bootstrap must wait for certificates there meanwhile.',
    'Do so until every node is listed as running.',
  ]
    .map((line, index) => `${String(index + 1)}. ${line}`)
    .join('\n');
}
