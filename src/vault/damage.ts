import { MAX_KNOWN } from './known-damage.ts';
import { showPath } from './tree-trouble.ts';
import type { Damage } from './vault.ts';

const NAMED = 1000;

/** Gathers damage, at most a thousand named; a lost disk would otherwise fill the memory. */
export interface DamageList {
  add(kind: Damage['kind'], path: string, what: string): void;
  /** Files with another content than they should have, or that cannot be read; one more than can be noted at most. */
  readonly spoilt: readonly string[];
  list(): Damage[];
}

/** Makes an empty list. `what` goes on after the path: "is missing". */
export function createDamageList(): DamageList {
  const named: Damage[] = [];
  const spoilt: string[] = [];
  let more = 0;
  return {
    spoilt,
    add(kind, path, what) {
      if ((kind === 'changed' || kind === 'unreadable') && spoilt.length <= MAX_KNOWN) spoilt.push(path);
      if (named.length < NAMED) named.push({ path, kind, message: `${showPath(path)} ${what}` });
      else more += 1;
    },
    list() {
      if (more === 0) return named;
      return [
        ...named,
        { path: '', kind: 'changed', message: `${more} more damaged, missing or extra files` },
      ];
    },
  };
}
