import { isIP } from 'node:net';
import type { ColumnValue } from '../postgres/column-values.ts';
import { isPlaceholder } from './input.ts';
import type { Change, Move, Renaming } from './rename-values.ts';

type Hosts = Pick<Move, 'from' | 'to'>;

/**
 * Entries that are the old host become the new one, its short name the new short name; separators, order and all other
 * entries stay, and no host is named twice by that. What has the old host in it in another way (a port, a scheme) is stuck.
 * From November 2024 on such a list must name hosts exactly: the wrong entry keeps users out.
 */
export function moveAllowLists(values: readonly ColumnValue[], hosts: Hosts): Renaming {
  const changes: Change[] = [];
  const stuck: string[] = [];
  for (const value of values) {
    const { list, byHand } = moveList(value.value, hosts);
    if (list !== value.value) changes.push({ ...value, to: list });
    stuck.push(...byHand.map((entry) => `"${value.table}"."${value.column}" has ${entry}`));
  }
  return { changes, stuck };
}

/** What becomes what, for each name of the old host that a list may have. */
export function newEntries({ from, to }: Hosts): readonly (readonly [old: string, now: string])[] {
  const short = shortName(from);
  return [[from, to], ...(short === from ? [] : [[short, shortName(to)] as const])];
}

function shortName(host: string): string {
  const [short = host] = host.split('.');
  // A plan may have `<oldHost>` for a name that is known later.
  return isIP(host) !== 0 || isPlaceholder(host) ? host : short;
}

function moveList(list: string, hosts: Hosts): { readonly list: string; readonly byHand: string[] } {
  // Entries at even places, each with the separator before it.
  const parts = list.split(/([;,])/);
  const entries = parts.filter((_part, at) => at % 2 === 0).map((text) => ({ text, name: text.trim() }));
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  const newName = (name: string): string | undefined =>
    newEntries(hosts).find(([old, now]) => same(old, name) && !same(old, now))?.[1];

  const there = entries.filter(({ name }) => newName(name) === undefined).map(({ name }) => name);
  const byHand: string[] = [];
  let made = '';
  let begun = false;
  for (const [at, { text, name }] of entries.entries()) {
    const now = newName(name);
    if (now === undefined && namesOld(name, hosts)) byHand.push(name);
    if (now !== undefined && there.some((one) => same(one, now))) continue;
    if (now !== undefined) there.push(now);
    made += `${begun ? (parts[2 * at - 1] ?? '') : ''}${now === undefined ? text : text.replace(name, () => now)}`;
    begun = true;
  }
  return { list: made, byHand };
}

/** Whether an entry has the old host in it, though it is none of its names alone. */
function namesOld(entry: string, hosts: Hosts): boolean {
  const [from, to] = [hosts.from.toLowerCase(), hosts.to.toLowerCase()];
  const known = newEntries(hosts).map(([old]) => old.toLowerCase());
  const words = entry.toLowerCase().split(/[^\w.-]+/);
  if (words.length === 1 && [...known, to].includes(words[0] ?? '')) return false;
  return words.some(
    (word) =>
      known.includes(word) ||
      word.endsWith(`.${from}`) ||
      (!from.includes('.') && word.startsWith(`${from}.`)),
  );
}
