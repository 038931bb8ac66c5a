import { createCheckRestore } from '../../../src/actions/check-restore.ts';
import type { DumpedTable } from '../../../src/postgres/dumped-tables.ts';
import type { Manifest, SetSummary } from '../../../src/vault/vault.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { fakeDatabase, fakeScratch, fakeSite, parts } from './fakes.ts';
import { checksOf, fakeNode, type FakeNode } from './harness.ts';

/** A complete set. */
export const SET: SetSummary = {
  id: 'SET',
  path: '',
  state: 'complete',
  createdAt: '',
  bytes: 5_000_000,
  provenAt: '2026-11-22T02:00:00.000Z',
};
/** Of a set that fits the fake site. */
export const manifest = {
  createdAt: '2026-11-23T02:00:00.000Z',
  manifestSha256: 'abc',
  bytes: 5_000_000,
  site: {
    name: 'demo',
    release: 'May 2025',
    nodes: [{ name: 'central', host: 'qs1.example', role: 'central' }],
    share: [{ folder: 'share', original: '/share' }],
  },
  trees: [{ folder: 'share', files: 10, bytes: 4_000_000 }],
  postgres: { server: '14.17', clients: '14.17' },
  databases: ['QSR', 'Licenses'].map((name) => ({
    name,
    database: name,
    file: `databases/${name}_backup.tar`,
    format: 'tar',
    bytes: 1000,
    owner: 'o',
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
    ...(name === 'QSR' ? { rootAdmins: ['ACME\\anna', 'qs1\\admin'] } : {}),
  })),
};

/** What is not as it should be. */
export interface Changes {
  readonly manifest?: object;
  readonly set?: Partial<SetSummary>;
  readonly free?: number;
  readonly database?: Parameters<typeof fakeDatabase>[0];
  readonly share?: string;
  readonly site?: Parameters<typeof fakeSite>[0];
  readonly node?: Parameters<typeof fakeNode>[0];
  /** What makes the node one of Windows. */
  readonly windows?: object;
  /** Nodes beside the central one. */
  readonly others?: readonly FakeNode[];
  readonly dumped?: () => Promise<DumpedTable[]>;
}

/** Runs the check of a restore. */
export function restore(changes: Changes = {}, input: object = {}) {
  const c = parts();
  c.vault.sets = [{ ...SET, ...changes.set }];
  const collaborators = {
    ...c,
    site: fakeSite({ share: { root: changes.share ?? '/share', exclude: [] }, ...changes.site }),
    vault: {
      ...c.vault,
      read: async () => ({ ...manifest, ...changes.manifest }) as unknown as Manifest,
    },
    database: {
      ...fakeDatabase(changes.database),
      ...(changes.dumped === undefined ? {} : { dumpedTables: changes.dumped }),
    },
    scratch: fakeScratch(),
    clock: createManualClock(),
    freeBytes: async () => changes.free ?? 1e12,
  };
  const node = Object.assign(fakeNode(changes.node), changes.windows);
  return checksOf(
    createCheckRestore(collaborators),
    { node, nodes: [node, ...(changes.others ?? [])] },
    {
      set: 'latest',
      ...input,
    },
  );
}
