import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { ReadableNode } from '../contract/node.ts';

/** Keys an object with a reference to a secret may have (design section 4). */
const SECRET_KEYS = ['env', 'file', 'command', 'secret', 'prompt'];

/** What a plan rests on before anything was looked at: runbook, site, parameters, nodes, secret references. */
export function basicFacts(options: {
  readonly sha256: string;
  readonly site: { readonly name: string; readonly values: JsonObject };
  readonly params: JsonObject;
  readonly nodes: readonly Pick<ReadableNode, 'name' | 'host' | 'role' | 'failoverCandidate' | 'transport'>[];
}): Map<string, JsonValue> {
  const facts = new Map<string, JsonValue>([
    ['runbook', options.sha256],
    ['site', options.site.name],
  ]);
  const release = releaseOf(options.site.values);
  if (release !== undefined) facts.set('release', release);
  for (const [name, value] of Object.entries(options.params)) facts.set(`params/${name}`, value);
  for (const { name, host, role, failoverCandidate, transport } of options.nodes)
    facts.set(`nodes/${name}`, { host, role, failoverCandidate, transport });
  for (const [path, reference] of secretReferences(options.site.values, ''))
    facts.set(`secrets/${path}`, reference);
  return facts;
}

/** The Qlik Sense release the site file says; much of what a run does rests on it. */
function releaseOf({ qlik }: JsonObject): JsonValue | undefined {
  return typeof qlik === 'object' && qlik !== null && !Array.isArray(qlik) ? qlik['release'] : undefined;
}

/** The facts as one object, its keys sorted. */
export function sortedFacts(facts: ReadonlyMap<string, JsonValue>): JsonObject {
  return Object.fromEntries([...facts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function secretReferences(value: JsonValue, path: string): [string, JsonValue][] {
  if (value === null || typeof value !== 'object') return [];
  const keys = Object.keys(value);
  if (!Array.isArray(value) && keys.length === 1 && SECRET_KEYS.includes(keys[0] ?? ''))
    return [[path, value]];
  return Object.entries(value).flatMap(([key, item]: [string, JsonValue]) =>
    secretReferences(item, path === '' ? key : `${path}.${key}`),
  );
}
