import type { ReadContext } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { Site } from '../site/schema.ts';
import { connectionFiles } from './connection-files.ts';
import { factOf } from './failure.ts';
import { textIfThere } from './kept-copies.ts';

/** What the manual counts for a node by itself (2.5, p. 142). */
const POOL_BY_DEFAULT = 110;
/** On top of all pools (manual 2.5, p. 142). */
const BESIDES = 20;

/** Connections that the repository of one node may open. */
export interface NodePool {
  readonly node: string;
  readonly size: number;
  /** Why the size is not that of the node. */
  readonly assumed?: string;
}

/** The pool of every node, from its Repository.exe.config where that can be read. `given`: of those that cannot; 0: the manual's. */
export async function poolsOf(
  site: Pick<Site, 'qlik'>,
  given: number,
  { nodes }: Pick<ReadContext, 'nodes'>,
): Promise<NodePool[]> {
  return Promise.all(
    nodes.map(async (node): Promise<NodePool> => {
      const found = await poolOf(site, node);
      if (typeof found === 'number') return { node: node.name, size: found };
      return { node: node.name, size: given === 0 ? POOL_BY_DEFAULT : given, assumed: found };
    }),
  );
}

/** `max_connections` for them: the sum of all repository connection pools + 20 (manual 2.5, p. 142). */
export function connectionsFor(pools: readonly NodePool[]): number {
  return pools.reduce((sum, { size }) => sum + size, BESIDES);
}

async function poolOf(site: Pick<Site, 'qlik'>, node: ReadableNode): Promise<number | string> {
  const [config] = connectionFiles(site);
  if (config === undefined) return 'there is no file to read it in';
  let text: string | undefined;
  try {
    text = await textIfThere(node.reach(config.path));
  } catch (error) {
    return factOf(error);
  }
  if (text === undefined) return `${config.path} is not there`;
  return poolIn(text) ?? `the connection string in ${config.path} is encrypted, or says nothing of it`;
}

/** `Max Pool Size` of the connection to QSR; undefined: it is encrypted, or does not say. */
export function poolIn(config: string): number | undefined {
  const withoutComments = config.replace(/<!--[^]*?-->/g, '');
  for (const [add] of withoutComments.matchAll(/<add\b[^>]*>/gi)) {
    if (!/\bname\s*=\s*"QSR"/i.test(add)) continue;
    const size = /Max Pool Size\s*=\s*(\d{1,5})/i.exec(add)?.[1];
    if (size !== undefined) return Number(size);
  }
  return undefined;
}
