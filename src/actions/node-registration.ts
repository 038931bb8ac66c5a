import * as z from 'zod';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { ReadableNode } from '../contract/node.ts';
import { sameHost } from '../foundation/same-host.ts';

/** Paths of the repository API (Qlik-Cli-Windows, `Register-QlikNode`; help.qlik.com, "ServerNodeConfiguration"). */
export const NODES_PATH = '/qrs/servernodeconfiguration/full';
export const ADD_PATH = '/qrs/servernodeconfiguration/container';
export const nodePath = (id: string): string => `/qrs/servernodeconfiguration/${id}`;
export const startPath = (id: string): string => `/qrs/servernoderegistration/start/${id}`;

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);

/** Whatever a release has in them: they are given back as they came. */
const jsonObjects = z
  .array(z.record(z.string(), z.json()))
  .nullish()
  .transform((list) => list ?? []);

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
  customProperties: jsonObjects,
  tags: jsonObjects,
});

/** A node as the repository has it. */
export type RegisteredNode = z.infer<typeof nodeSchema>;

/** What a node is added with. */
export type NodeSettings = Omit<RegisteredNode, 'id' | 'isCentral'>;

/** For one that the repository does not know. */
export function withEverything({
  name,
  host,
  failoverCandidate,
}: Pick<ReadableNode, 'name' | 'host' | 'failoverCandidate'>): NodeSettings {
  return {
    ...{ name, hostName: host, failoverCandidate, nodePurpose: 2 },
    ...{ engineEnabled: true, proxyEnabled: true, schedulerEnabled: true, printingEnabled: true },
    ...{ customProperties: [], tags: [] },
  };
}

/** Reads the answer of {@link NODES_PATH}; undefined when it is none. */
export function readNodes(answer: JsonValue): RegisteredNode[] | undefined {
  return z.array(nodeSchema).safeParse(answer).data;
}

/** A thing of the repository as it came; undefined when the answer is none. */
export function readEntity(answer: JsonValue): JsonObject | undefined {
  return z.record(z.string(), z.json()).safeParse(answer).data;
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
export function additionOf(node: NodeSettings, host: string): JsonObject {
  const { name, nodePurpose, engineEnabled, proxyEnabled, schedulerEnabled, printingEnabled } = node;
  const { failoverCandidate } = node;
  return {
    configuration: {
      ...{ name, hostName: host, nodePurpose, failoverCandidate },
      ...{ engineEnabled, proxyEnabled, schedulerEnabled, printingEnabled },
    },
  };
}

/** What a node was given in the QMC, and what no addition takes. */
export type NodeMarks = Pick<RegisteredNode, 'customProperties' | 'tags'>;

/** Whether it was given anything. */
export function isMarked({ customProperties, tags }: NodeMarks): boolean {
  return customProperties.length + tags.length > 0;
}

/** What is sent to give a new node, as the repository has it now, the marks of the old one. */
export function withMarks(now: JsonObject, { customProperties, tags }: NodeMarks): JsonObject {
  return {
    ...now,
    // The ids are those of the old node's own entries.
    customProperties: customProperties.map(({ value = null, definition = null }) => ({ value, definition })),
    tags: [...tags],
  };
}

/** The marks in words, for a person to set again. */
export function marksText({ customProperties, tags }: NodeMarks): string {
  const properties = customProperties.map(({ value, definition }) => {
    const name = z.object({ name: z.string() }).safeParse(definition).data?.name;
    return `${name ?? 'a custom property'} = ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  const names = tags.map(({ name }) => (typeof name === 'string' ? name : 'a tag'));
  return [
    ...(properties.length === 0 ? [] : [`custom properties: ${properties.join(', ')}`]),
    ...(names.length === 0 ? [] : [`tags: ${names.join(', ')}`]),
  ].join('; ');
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
