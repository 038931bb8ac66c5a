import type { ReadableNode } from '../contract/node.ts';
import { nearest } from '../foundation/nearest.ts';
import { ON_WORDS } from './schema.ts';

/** The nodes that `on` means, or why there are none, or what is wrong with a word. */
export interface Selection<T> {
  readonly nodes: readonly T[];
  /** Set when no node was selected: the step is skipped for that reason. */
  readonly reason?: string;
  readonly problems: readonly { readonly index: number; readonly message: string }[];
}

/** Resolves the words of `on`. The nodes come in the order of the site, each once. */
export function selectNodes<T extends Pick<ReadableNode, 'name' | 'role' | 'failoverCandidate'>>(
  on: readonly string[],
  nodes: readonly T[],
  databaseNode: string | undefined,
): Selection<T> {
  const problems: { index: number; message: string }[] = [];
  const reasons: string[] = [];
  const chosen = new Set<T>();
  on.forEach((word, index) => {
    const known = [...ON_WORDS, ...nodes.map((node) => node.name)];
    if (!known.includes(word)) {
      const near = nearest(word, known);
      problems.push({
        index,
        message: `there is no node "${word}"; ${near === undefined ? `"on" may be ${known.map((name) => `"${name}"`).join(', ')}` : `did you mean "${near}"?`}`,
      });
      return;
    }
    const found = nodes.filter((node) => means(word, node, databaseNode));
    if (found.length === 0) reasons.push(REASONS[word] ?? 'the site has no such node');
    for (const node of found) chosen.add(node);
  });
  const selected = nodes.filter((node) => chosen.has(node));
  return {
    nodes: selected,
    ...(selected.length === 0 && reasons.length > 0 ? { reason: reasons.join(', ') } : {}),
    problems,
  };
}

const REASONS: Readonly<Record<string, string>> = {
  central: 'the site has no central node',
  rims: 'the site has no rim node',
  failover: 'the site has no failover candidate',
  database: 'the database is on no node of the site',
};

function means(
  word: string,
  node: Pick<ReadableNode, 'name' | 'role' | 'failoverCandidate'>,
  databaseNode: string | undefined,
): boolean {
  switch (word) {
    case 'all':
      return true;
    case 'central':
      return node.role === 'central';
    case 'rims':
      return node.role === 'rim';
    case 'failover':
      return node.failoverCandidate;
    case 'database':
      return node.name === databaseNode;
    default:
      return node.name === word;
  }
}
