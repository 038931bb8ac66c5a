import { noOffsite } from '../../../src/actions/offsite.ts';
import { createActions } from '../../../src/actions/registry.ts';
import type { ActionRegistry } from '../../../src/contract/action.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { fakeVault } from './fake-vault.ts';
import { fakeDatabase, fakeNetwork, fakeRestoreTrees, fakeScratch, fakeSite } from './fakes.ts';

/** Every action there is, made of fakes: for what only asks which there are. */
export function everyAction(): ActionRegistry {
  return createActions({
    site: fakeSite(),
    vault: fakeVault('/vault'),
    offsite: noOffsite(fakeVault('/vault')),
    database: fakeDatabase(),
    databaseAt: () => fakeDatabase(),
    scratch: fakeScratch(),
    restoreTrees: fakeRestoreTrees(),
    secrets: { read: async () => 'word' },
    person: { canAsk: false, confirm: async () => false },
    clock: createManualClock(),
    network: fakeNetwork(),
    hide: () => undefined,
    templates: '/templates',
    tool: 'sense-runbook',
    host: 'qs1',
    stateFolder: '/state',
    temporaryFolder: '/tmp',
    freeBytes: async () => 0,
    rights: async () => undefined,
    openPfx: () => Promise.reject(new Error('not in this test')),
  });
}
