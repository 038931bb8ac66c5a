import fs from 'node:fs/promises';
import path from 'node:path';
import { appendHistory } from '../../../src/vault/history.ts';
import type { CopyTreeOptions, ManifestFacts, OpenSet, SetSummary, Vault } from '../../../src/vault/vault.ts';

/** A vault in a temporary folder that copies nothing, but tells what it was asked. */
export interface FakeVault extends Vault {
  readonly calls: string[];
  readonly copies: Omit<CopyTreeOptions, 'signal' | 'onProgress'>[];
  readonly committed: ManifestFacts[];
  sets: SetSummary[];
}

/** Makes one; sets are named `SET`. */
export function fakeVault(root: string, sets: SetSummary[] = []): FakeVault {
  const calls: string[] = [];
  const copies: FakeVault['copies'] = [];
  const committed: ManifestFacts[] = [];
  const openSet = (id: string): OpenSet => ({
    id,
    path: path.join(root, id),
    async pathFor(relative) {
      const file = path.join(root, id, relative);
      await fs.mkdir(path.dirname(file), { recursive: true });
      return file;
    },
    async copyTree({ signal: _signal, onProgress: _onProgress, ...rest }) {
      copies.push(rest);
      const warnings = rest.onTrouble === 'warn' ? ['a.log: vanished'] : [];
      return {
        files: 2,
        bytes: 10,
        filesCopied: 1,
        bytesCopied: 5,
        filesLinked: 1,
        filesRemoved: 0,
        durationMs: 1,
        warnings,
      };
    },
  });
  const vault: FakeVault = {
    kind: 'folder',
    root,
    calls,
    copies,
    committed,
    sets,
    check: async () => [{ id: 'vault-writable', status: 'ok', message: 'writable' }],
    freeBytes: async () => 1e12,
    list: async () => vault.sets,
    latest: async () => vault.sets.findLast(({ state }) => state === 'complete'),
    read: () => Promise.reject(new Error('not in this fake')),
    materialize: async (id) => ({ path: path.join(root, id), release: () => Promise.resolve() }),
    materializeOperations: () => [],
    histories: () => Promise.resolve([]),
    historyFolder: (id) => path.join(root, id),
    remember: (id, event) => appendHistory(path.join(root, id), event),
    lock: async (run) => void calls.push(`lock ${run}`),
    unlock: async (run) => void calls.push(`unlock ${run}`),
    async begin({ run }) {
      calls.push(`begin ${run}`);
      return openSet('SET');
    },
    open: async (id) => openSet(id),
    async commit(id, facts) {
      calls.push(`commit ${id}`);
      committed.push(facts);
      return { schemaVersion: 1, id, sequence: 7, createdAt: '', bytes: 30, bytesNew: 20 };
    },
    verify: () => Promise.reject(new Error('not in this fake')),
    removeOperations: () => Promise.resolve([]),
    remove: async (id) => void calls.push(`remove ${id}`),
    async sweep(run) {
      calls.push(`sweep ${String(run)}`);
      return [];
    },
  };
  return vault;
}
