import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCheckOldCentral } from '../../../src/actions/check-old-central.ts';
import { noOffsite } from '../../../src/actions/offsite.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { SiteShare } from '../../../src/site/schema.ts';
import type { Manifest } from '../../../src/vault/vault.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeNetwork, fakeScratch, fakeSite } from './fakes.ts';
import { fakeVault } from './fake-vault.ts';
import { checksOf, fakeNode, runAction, statuses, type FakeNode } from './harness.ts';

const OLD = 'qs1.acme.example';
const NOW = '2026-11-24T02:00:00.000Z';

/** A restore of a site of `OLD` on qs9, whose share is a folder of the test. */
function lab(
  options: {
    readonly network?: Parameters<typeof fakeNetwork>[0];
    readonly site?: JsonObject;
    /** Minutes since `Apps/one` was written. */
    readonly written?: number;
    readonly host?: string;
    readonly transport?: FakeNode['transport'];
    /** The share of the site file where it is not the folder of the test. */
    readonly share?: SiteShare;
  } = {},
) {
  const root = path.join(temporaryFolder(), 'share');
  fs.mkdirSync(path.join(root, 'Apps', 'deep'), { recursive: true });
  const file = path.join(root, 'Apps', 'deep', 'one');
  fs.writeFileSync(file, 'app');
  const at = new Date(Date.parse(NOW) - (options.written ?? 60) * 60_000);
  fs.utimesSync(file, at, at);
  const manifest: Manifest = {
    schemaVersion: 1,
    id: 'SET',
    sequence: 1,
    createdAt: '',
    site: {
      nodes: [{ name: 'central', host: OLD, role: 'central' }],
      share: [{ folder: 'share', original: '/srv/old-share' }],
      ...options.site,
    },
  };
  const vault = { ...fakeVault('/vault'), read: () => Promise.resolve(manifest) };
  const action = createCheckOldCentral({
    site: fakeSite({ share: options.share ?? { root, exclude: [] } }),
    network: fakeNetwork(options.network),
    clock: createManualClock(NOW),
    vault,
    offsite: noOffsite(vault),
    scratch: fakeScratch(),
  });
  const node: FakeNode = {
    ...fakeNode({ host: options.host ?? 'qs9.acme.example' }),
    transport: options.transport ?? 'local',
  };
  return {
    root,
    file,
    action,
    node,
    check: (input: JsonObject = {}) => checksOf(action, { node }, { set: 'SET', ...input }),
  };
}

/** As if the set's share were the one of this test. */
const sameShare = (root: string): JsonObject => ({ share: [{ folder: 'share', original: root }] });

describe('the old central node', () => {
  it.each([4242, 4444, 443])('is not gone when port %s answers', async (port) => {
    const { check } = lab({ network: { open: [`${OLD}:${String(port)}`], names: { [OLD]: ['10.0.0.1'] } } });
    const { checks } = await check();
    expect(statuses(checks)).toEqual(['old-central failed', 'old-share ok']);
    expect(checks[0]?.message).toContain(`port ${String(port)}`);
    expect(checks[0]?.hint).toContain('2.3, p. 130');
  });

  it('that somebody confirmed to be dead is a warning', async () => {
    const { check } = lab({ network: { open: [`${OLD}:443`], names: { [OLD]: ['10.0.0.1'] } } });
    expect(statuses((await check({ 'confirmed-dead': true })).checks)[0]).toBe('old-central warning');
  });

  it('is left alone by a rehearsal', async () => {
    const { check } = lab({ network: { open: [`${OLD}:4242`], names: { [OLD]: ['10.0.0.1'] } } });
    const [first] = (await check({ rehearsal: true })).checks;
    expect(first).toMatchObject({ id: 'old-central', status: 'ok' });
    expect(first?.message).toContain('leaves it alone');
  });

  it.each([
    ['has no address any more', {}, 'has no address'],
    ['does not answer', { names: { [OLD]: ['10.0.0.1'] } }, 'does not answer on ports 4242, 4444, 443'],
    [
      'has its name on this machine by now',
      { names: { [OLD]: ['10.0.0.9'] }, own: ['10.0.0.9'], open: [`${OLD}:443`] },
      'leads to this machine',
    ],
  ])('is gone when it %s', async (_what, network, message) => {
    const { checks } = await lab({ network }).check();
    expect(statuses(checks)[0]).toBe('old-central ok');
    expect(checks[0]?.message).toContain(message);
  });

  it('is not looked for when it is this host', async () => {
    const { check } = lab({
      host: 'QS1',
      network: { open: [`${OLD}:4242`], names: { [OLD]: ['10.0.0.1'] } },
    });
    expect(statuses((await check()).checks)).toEqual(['old-central ok', 'old-share ok']);
  });

  it('of a simulated site is not asked: it may be a real one', async () => {
    const network = { open: [`${OLD}:4242`], names: { [OLD]: ['10.0.0.1'] } };
    const { checks } = await lab({ network, transport: 'simulated' }).check();
    expect(statuses(checks)[0]).toBe('old-central ok');
  });

  it('of a simulated site is what listens on the port that its folder names', async () => {
    const { action, node } = lab({ network: { open: ['127.0.0.1:5003'] }, transport: 'simulated' });
    const firstOf = async (port: number) =>
      (await checksOf(action, { node: { ...node, oldCentralPort: port } }, { set: 'SET' })).checks[0];
    expect(await firstOf(5003)).toMatchObject({ id: 'old-central', status: 'failed' });
    expect((await firstOf(5003))?.message).toContain(`${OLD} still answers`);
    expect(await firstOf(5004)).toMatchObject({ id: 'old-central', status: 'ok' });
  });

  it('is the one that the step names', async () => {
    const network = { open: ['other:4242'], names: { other: ['10.0.0.1'] } };
    expect(statuses((await lab({ network }).check({ from: 'other' })).checks)[0]).toBe('old-central failed');
  });

  it('is asked for by name when the set does not tell it', async () => {
    const { checks } = await lab({ site: { nodes: [] } }).check();
    expect(statuses(checks)[0]).toBe('old-central warning');
    expect(checks[0]?.hint).toContain('"from"');
  });
});

describe('the share', () => {
  it('of the old site that somebody writes to stops the restore', async () => {
    const made = lab({ written: 5 });
    const again = lab({ written: 60, site: sameShare(made.root) });
    const action = createCheckOldCentral({
      site: fakeSite({ share: { root: made.root, exclude: [] } }),
      network: fakeNetwork(),
      clock: createManualClock(NOW),
      vault: {
        ...fakeVault('/vault'),
        read: async () => ({
          schemaVersion: 1,
          id: 'SET',
          sequence: 1,
          createdAt: '',
          site: { nodes: [{ host: OLD, role: 'central' }], ...sameShare(made.root) },
        }),
      },
      offsite: noOffsite(fakeVault('/vault')),
      scratch: fakeScratch(),
    });
    const of = async (input: JsonObject) =>
      (await checksOf(action, { node: again.node }, { set: 'SET', ...input })).checks;
    const checks = await of({});
    expect(statuses(checks)).toEqual(['old-central ok', 'old-share failed']);
    expect(checks[1]?.message).toContain(made.file);
    expect(statuses(await of({ 'confirmed-dead': true }))[1]).toBe('old-share warning');
    expect(statuses(await of({ 'quiet-ms': 60_000 }))[1]).toBe('old-share warning');
  });

  it('of its own that somebody writes to stops the restore, unless somebody confirmed that no other site uses it', async () => {
    const { check } = lab({ written: 5 });
    const [, found] = (await check()).checks;
    expect(found).toMatchObject({ id: 'old-share', status: 'failed', beforehand: true });
    expect(found?.hint).toContain('--old-is-dead');
    expect(statuses((await check({ 'confirmed-dead': true })).checks)[1]).toBe('old-share warning');
  });

  it('that the site of this very machine writes to is a warning', async () => {
    const { check } = lab({ written: 5, host: 'QS1' });
    expect(statuses((await check()).checks)[1]).toBe('old-share warning');
  });

  it('whose clock is ahead counts as written to', async () => {
    expect(statuses((await lab({ written: -30 }).check()).checks)[1]).toBe('old-share failed');
  });

  it('that is not there yet is fine', async () => {
    const { root, check } = lab();
    fs.rmSync(root, { recursive: true });
    expect(statuses((await check()).checks)[1]).toBe('old-share ok');
  });
});

describe('a share on a server that the old site has too', () => {
  const UNC = '\\\\files.example\\QlikShare';
  const look = (share: SiteShare, original: string, changes: Parameters<typeof lab>[0] = {}) => {
    const set = { share: [{ folder: 'share', original }] };
    return lab({ share, site: { nodes: [{ host: OLD, role: 'central' }], ...set }, ...changes });
  };
  const at = (root: string): SiteShare => ({ root, exclude: [] });
  const D = 'D:\\QlikShare';

  it('stops the restore although nobody writes to it: a site may be idle at night', async () => {
    const { check } = look(at(UNC.toUpperCase()), UNC);
    const [, found] = (await check()).checks;
    expect(found).toMatchObject({ id: 'old-share', status: 'failed', beforehand: true });
    expect(found?.message).toMatch(/is of the share of the old site .*; nobody was seen to write to it/);
    expect(found?.hint).toContain('--old-is-dead');
    expect(statuses((await check({ 'confirmed-dead': true })).checks)[1]).toBe('old-share warning');
  });

  it.each([
    ['for its apps alone', { ...at(D), apps: `${UNC}\\Apps` }, UNC],
    ['below it', at(`${UNC}\\new`), UNC],
    ['around it', at(UNC), `${UNC}\\old`],
  ])('stops it %s', async (_where, share, original) => {
    expect(statuses((await look(share, original).check()).checks)[1]).toBe('old-share failed');
  });

  it('is another one on another server, and on a disk of each machine a warning', async () => {
    const other = look(at('\\\\new.example\\QlikShare'), UNC);
    expect(statuses((await other.check()).checks)[1]).toBe('old-share ok');
    expect(statuses((await look(at(D), D).check()).checks)[1]).toBe('old-share warning');
  });

  it('is another one when the name of the old server leads to this machine by now', async () => {
    const of = `\\\\${OLD}\\QlikShare`;
    expect(statuses((await look(at(of), of).check()).checks)[1]).toBe('old-share failed');
    const network = { names: { [OLD]: ['10.0.0.9'] }, own: ['10.0.0.9'] };
    const moved = look(at(of), of, { network });
    expect(statuses((await moved.check()).checks)).toEqual(['old-central ok', 'old-share ok']);
  });

  it('is no matter for a site that is restored to its own host', async () => {
    const { check } = look(at(UNC), UNC, { host: 'qs1' });
    expect(statuses((await check()).checks)[1]).toBe('old-share ok');
  });
});

describe('the plan', () => {
  it('tells every look, and the old host for later steps', async () => {
    const { action, node } = lab({ network: { names: { [OLD]: ['10.0.0.1'] } } });
    const { plan, performed, outputs } = await runAction(action, { set: 'SET' }, { node });
    expect(plan.operations.map((one) => (one.kind === 'http' ? one.url : one.kind))).toEqual([
      `https://${OLD}:4242/`,
      `http://${OLD}:4444/`,
      `https://${OLD}:443/`,
      'file',
    ]);
    expect(performed).toHaveLength(4);
    expect(outputs['oldCentral']).toBe(OLD);
  });
});
