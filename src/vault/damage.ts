import { showPath } from './tree-trouble.ts';
import type { Damage } from './vault.ts';

const NAMED = 1000;

/** Gathers damage, at most a thousand named; a lost disk would otherwise fill the memory. */
export interface DamageList {
  add(kind: Damage['kind'], path: string, what: string): void;
  list(): Damage[];
}

/** Makes an empty list. `what` goes on after the path: "is missing". */
export function createDamageList(): DamageList {
  const named: Damage[] = [];
  let more = 0;
  return {
    add(kind, path, what) {
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
