import { describe, expect, it } from 'vitest';
import { createCheckOtherNodes } from '../../../src/actions/check-other-nodes.ts';
import { noOffsite } from '../../../src/actions/offsite.ts';
import { UnreachableError } from '../../../src/contract/errors.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { TopologyNode } from '../../../src/postgres/topology.ts';
import type { Manifest } from '../../../src/vault/vault.ts';
import { fakeDatabase, fakeNetwork, fakeScratch, fakeSite } from './fakes.ts';
import { fakeVault } from './fake-vault.ts';
import { checksOf, fakeNode, statuses, type FakeNode } from './harness.ts';

const CENTRAL = { name: 'central', host: 'qs1.example', role: 'central' };
const RIM = { name: 'rim', host: 'qs2.example', role: 'rim' };
const names = { 'qs1.example': ['10.0.0.1'], 'qs2.example': ['10.0.0.2'], 'qs3.example': ['10.0.0.3'] };

/** site.yaml names the central node alone. */
function lab(options: {
  readonly ofSet?: readonly (typeof RIM)[];
  readonly ofDatabase?: readonly TopologyNode[] | Error;
  readonly network?: Parameters<typeof fakeNetwork>[0];
  readonly transport?: FakeNode['transport'];
  readonly central?: string;
}) {
  const {
    ofSet = [CENTRAL],
    ofDatabase = [],
    network = {},
    transport = 'local',
    central = CENTRAL.host,
  } = options;
  const manifest: Manifest = {
    schemaVersion: 1,
    id: 'SET',
    sequence: 1,
    createdAt: '2026-11-24T02:00:00.000Z',
    site: { nodes: ofSet.map((node) => ({ ...node })) },
  };
  const vault = { ...fakeVault('/vault'), read: () => Promise.resolve(manifest) };
  const action = createCheckOtherNodes({
    site: fakeSite({ nodes: [{ ...CENTRAL, host: central }] as never }),
    network: fakeNetwork({ names, ...network }),
    database: {
      ...fakeDatabase(),
      topology: () =>
        ofDatabase instanceof Error
          ? Promise.reject(ofDatabase)
          : Promise.resolve({ nodes: ofDatabase, central: undefined } as never),
    },
    vault,
    offsite: noOffsite(vault),
    scratch: fakeScratch(),
  });
  const node: FakeNode = { ...fakeNode({ host: central }), transport };
  return (input: JsonObject = {}) => checksOf(action, { node }, { set: 'SET', ...input });
}

describe('a node of the site that site.yaml does not name', () => {
  it.each([
    ['the set', { ofSet: [CENTRAL, RIM] }],
    ['the database', { ofDatabase: [{ name: 'rim', hostName: RIM.host }] }],
  ])('that %s names and that answers is refused', async (_what, known) => {
    const { checks } = await lab({ ...known, network: { open: [`${RIM.host}:4242`] } })();
    expect(statuses(checks)).toEqual(['other-nodes failed']);
    expect(checks[0]?.message).toContain(
      'rim (qs2.example) is of the site and not in site.yaml, and answers on port 4242',
    );
    expect(checks[0]?.hint).toContain('"nodes" of site.yaml');
  });

  it('that does not answer is a warning: it may be as lost as the rest', async () => {
    const { checks } = await lab({ ofSet: [CENTRAL, RIM] })();
    expect(statuses(checks)).toEqual(['other-nodes warning']);
  });

  it('that is a web server by now, and no node any more, is a warning', async () => {
    const { checks } = await lab({ ofSet: [CENTRAL, RIM], network: { open: [`${RIM.host}:443`] } })();
    expect(statuses(checks)).toEqual(['other-nodes warning']);
  });

  it('is none where all are in site.yaml; what could not be asked is said', async () => {
    const [named] = (await lab({})()).checks;
    expect(named?.message).toBe('site.yaml names every node of the set and of the database.');
    const [unread] = (await lab({ ofDatabase: new UnreachableError('there is no database') })()).checks;
    expect(unread?.message).toBe('site.yaml names every node of the set; the database cannot be read.');
  });

  it('that somebody confirmed to be dead is a warning, whatever answers there', async () => {
    const check = lab({ ofSet: [CENTRAL, RIM], network: { open: [`${RIM.host}:4242`] } });
    expect(statuses((await check({ 'confirmed-dead': true })).checks)).toEqual(['other-nodes warning']);
  });

  it('is told once, though both name it', async () => {
    const check = lab({ ofSet: [CENTRAL, RIM], ofDatabase: [{ name: 'rim', hostName: 'QS2' }] });
    expect((await check()).checks).toHaveLength(1);
  });

  it('is not the central node that was, which is looked at on its own', async () => {
    const check = lab({ central: 'qs9.example', network: { open: [`${CENTRAL.host}:4242`] } });
    expect(statuses((await check({ 'old-central': CENTRAL.host })).checks)).toEqual(['other-nodes ok']);
    expect(statuses((await check()).checks)).toEqual(['other-nodes failed']);
  });

  it('is none whose name leads to this machine by now', async () => {
    const check = lab({ ofSet: [CENTRAL, RIM], network: { own: ['10.0.0.2'], open: [`${RIM.host}:4242`] } });
    expect(statuses((await check()).checks)).toEqual(['other-nodes ok']);
  });

  it('is not asked for by a simulated node', async () => {
    const check = lab({
      ofSet: [CENTRAL, RIM],
      transport: 'simulated',
      network: { open: [`${RIM.host}:4242`] },
    });
    expect(statuses((await check()).checks)).toEqual(['other-nodes ok']);
  });

  it('is told by the set where the database cannot be read, as when it is what was lost', async () => {
    const check = lab({ ofSet: [CENTRAL, RIM], ofDatabase: new UnreachableError('there is no database') });
    expect(statuses((await check()).checks)).toEqual(['other-nodes warning']);
  });
});
