import fs from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { StepError } from '../../../src/contract/errors.ts';
import type { Node } from '../../../src/contract/node.ts';
import { CENTRAL, renewalLab, siteStores, type SiteStores } from './renewal-lab.ts';

const soon = new Date(Date.now() + 5 * 86_400_000);

let good: SiteStores;
let endingServer: SiteStores;
let endingRoot: SiteStores;

beforeAll(async () => {
  [good, endingServer, endingRoot] = await Promise.all([
    siteStores(),
    siteStores({ server: soon }),
    siteStores({ ca: soon }),
  ]);
}, 120_000);

const names = (lines: readonly string[]) => lines.map((line) => line.replace(/ [0-9A-F]{8}( key)?$/, ''));

describe('certificates.remove', () => {
  it('takes out those of the site, exported with their keys before, and leaves the customer’s', async () => {
    const { central, remove, stores, safety } = await renewalLab(good);
    const step = remove(central);
    const { performed } = await step.attempt();
    const verbs = performed.flatMap((one) => (one.kind === 'certificate' ? [one.verb] : []));
    expect(verbs.join(' ')).toBe('export export export export remove remove remove remove');
    expect(names(await stores(central))).toEqual(['LocalMachine/My CN=Acme Authority']);
    expect(await fs.readdir(safety('certificates', 'central'))).toHaveLength(4);
    await expect(step.check()).resolves.toBe('done');
  });

  it('knows those of a rim node, which the central node signed, and keeps the root that has no key there', async () => {
    const { rim, remove, stores, safety } = await renewalLab(good);
    const before = await stores(rim);
    const step = remove(rim);
    await step.attempt();
    expect(await stores(rim)).toEqual([]);
    const kept = await fs.readdir(safety('certificates', 'rim'));
    expect(kept.filter((name) => name.endsWith('.cer'))).toHaveLength(1);
    await step.undo();
    expect(await stores(rim)).toEqual(before);
  });

  it('takes out what expires and the client certificate, and no more, while the authority is good', async () => {
    const { central, remove, stores, start, expectReplaced } = await renewalLab(endingServer, {
      which: 'expiring',
      days: 30,
    });
    const before = await stores(central);
    const step = remove(central);
    await step.attempt();
    expect(names(await stores(central))).toEqual([
      'LocalMachine/My CN=Acme Authority',
      'LocalMachine/My CN=QlikServiceCluster',
      `LocalMachine/Root CN=${CENTRAL}-CA`,
    ]);
    await expectReplaced(central, 'gone');
    await start();
    await expectReplaced(central, 'new');
    await step.undo();
    expect(await stores(central)).toEqual(before);
  });

  it('takes out all of them when the authority expires', async () => {
    const { central, remove, stores } = await renewalLab(endingRoot, { which: 'expiring', days: 30 });
    await remove(central).attempt();
    expect(names(await stores(central))).toEqual(['LocalMachine/My CN=Acme Authority']);
  });

  it('takes out nothing while services run, or when a key cannot be exported', async () => {
    const { central, remove, stores } = await renewalLab(good);
    const before = await stores(central);
    await central.services.start('QlikSenseServiceDispatcher', { timeoutMs: 10_000 });
    await expect(remove(central).attempt()).rejects.toThrow('QlikSenseServiceDispatcher');
    await central.services.stop('QlikSenseServiceDispatcher', { timeoutMs: 10_000 });
    const locked: Node = {
      ...central,
      certificates: {
        ...central.certificates,
        list: async () =>
          (await central.certificates.list()).map((info) => ({
            ...info,
            keyState: 'not-exportable' as const,
          })),
      },
    };
    await expect(remove(locked).attempt()).rejects.toThrow('not marked as exportable');
    expect(await stores(central)).toEqual(before);
  });

  it('takes those of the central node that was from a rim of the restored site, and puts them back', async () => {
    const { rim, remove, stores, rename, central, safety } = await renewalLab(good);
    const before = await stores(rim);
    const ofCentral = await stores(central);
    const nodes = rename('new.example');
    // The site file names the new central node, and need not name the rim as its certificate does.
    const step = remove(
      { ...rim, host: '10.0.0.2' },
      { 'old-central': CENTRAL },
      { nodes, id: 'remove-rims' },
    );
    await step.attempt();
    expect(await stores(rim)).toEqual([]);
    expect(await stores(central)).toEqual(ofCentral);
    await expect(step.check()).resolves.toBe('done');
    await step.undo();
    expect(await stores(rim)).toEqual(before);
    // Beside what the same run keeps of the central node, whose step removes its folder as a whole.
    expect(await fs.readdir(safety('certificates-removed', 'rim'))).toHaveLength(3);
    await step.discard();
    expect(await fs.readdir(safety('certificates-removed'))).toEqual([]);
  });

  it('has nothing to do on a rim that has none, and takes away again what that one was given since', async () => {
    const { rim, remove, stores, rename, give, safety } = await renewalLab({ ...good, rim: [] });
    const step = remove(rim, { 'old-central': CENTRAL }, { nodes: rename('new.example') });
    expect((await step.plan()).notes).toContain('Nothing is removed from rim.');
    expect((await step.attempt()).outputs).toMatchObject({ removed: [], byHand: false });
    await give('rim', good.rim);
    await step.undo();
    expect(await stores(rim)).toEqual([]);
    expect(await fs.readdir(safety('certificates-after', 'rim'))).toHaveLength(3);
  });

  it('is for a person where nobody sees the stores, and a warning where that is said and nobody can be asked', async () => {
    const { rim, remove, rename } = await renewalLab(good);
    const unseen: Node = { ...rim, transport: 'sc' };
    const given = { 'old-central': CENTRAL, unseen: 'warn' };
    const nodes = rename('new.example');
    await expect(remove(unseen, { 'old-central': CENTRAL }, { nodes }).attempt()).rejects.toThrow('by hand');
    const warned = remove(unseen, given, { nodes, id: 'warned' });
    const { outputs, warnings } = await warned.attempt();
    expect(outputs).toMatchObject({ removed: [], byHand: false });
    expect(warnings.join()).toContain(`what new.example-CA or ${CENTRAL}-CA issued`);
    expect(warnings.join()).toContain('port 4570');
    // Passwords can be read with the certificates of the set.
    expect((await warned.plan()).approval).toBeUndefined();
    const asked = remove(unseen, given, { nodes, id: 'asked', answer: true });
    expect((await asked.attempt()).outputs).toMatchObject({ byHand: true });
  });

  it('is undone also after new ones were made, which are kept too', async () => {
    const { central, remove, stores, start, safety, expectReplaced } = await renewalLab(good);
    const before = await stores(central);
    const step = remove(central);
    await step.attempt();
    await expect(expectReplaced(central, 'new')).rejects.toThrow(StepError);
    await start();
    await expectReplaced(central, 'new');
    const made = await stores(central);
    expect(made).toHaveLength(before.length);
    expect(made.filter((line) => before.includes(line))).toHaveLength(1);
    await step.undo();
    expect(await stores(central)).toEqual(before);
    expect(await fs.readdir(safety('certificates-after', 'central'))).toHaveLength(4);
    await expect(expectReplaced(central, 'gone')).rejects.toThrow(
      'has certificates again that this run removed',
    );
  });

  it('foresees that what it took out cannot be put back, as long as it is not there', async () => {
    const { central, remove, safety } = await renewalLab(good);
    const step = remove(central);
    await step.attempt();
    expect(await step.foresee()).toEqual([]);
    const kept = safety('certificates', 'central');
    await fs.rename(kept, `${kept}-away`);
    const found = await step.foresee();
    expect(found.length).toBeGreaterThan(1);
    await expect(step.undo()).rejects.toThrow(found[0]);
    await fs.rename(`${kept}-away`, kept);
    await step.undo();
    await fs.rename(kept, `${kept}-away`);
    expect(await step.foresee(true)).toEqual([]);
  });

  it('is undone although a new key cannot be exported', async () => {
    const { central, remove, stores, start } = await renewalLab(good);
    const before = await stores(central);
    let state: 'exportable' | 'not-exportable' = 'exportable';
    const watched: Node = {
      ...central,
      certificates: {
        ...central.certificates,
        list: async () => (await central.certificates.list()).map((info) => ({ ...info, keyState: state })),
      },
    };
    const step = remove(watched);
    await step.attempt();
    await start();
    state = 'not-exportable';
    await step.undo();
    expect(await stores(central)).toEqual(before);
  });

  it('has copies that cleanup shows and removes', async () => {
    const { central, remove, safety } = await renewalLab(good);
    const step = remove(central);
    await step.attempt();
    expect((await step.describeDiscard())?.estimate?.files).toBe(4);
    await step.discard();
    await expect(fs.readdir(safety('certificates', 'central'))).rejects.toThrow('ENOENT');
  });
});

describe('check.renewal', () => {
  it('says how old the authority is, and that a younger one need not be made anew', async () => {
    const old = await renewalLab(good);
    expect(await old.look(old.central)).toMatchObject([
      {
        id: 'renewal',
        status: 'ok',
        message: expect.stringContaining(`${CENTRAL}-CA was made on 2014-12`) as string,
      },
      { id: 'certificates-password', status: 'ok' },
    ]);
    expect(await old.look(old.rim)).toEqual([]);
    await old.remove(old.central).attempt();
    expect(await old.look(old.central)).toMatchObject([{ status: 'failed' }, { status: 'ok' }]);
    await old.start();
    expect(await old.look(old.central)).toMatchObject([
      { status: 'warning', message: expect.stringContaining('June 2019 or older') as string },
      { status: 'ok' },
    ]);
  });

  it('refuses a renewal when nothing expires, and names what does', async () => {
    const input = { which: 'expiring', days: 30 };
    const fine = await renewalLab(good, input);
    expect((await fine.look(fine.central))[0]).toMatchObject({ status: 'failed' });
    const ending = await renewalLab(endingServer, input);
    const [check] = await ending.look(ending.central);
    expect(check).toMatchObject({ status: 'ok' });
    expect(check?.message).toContain(`server certificate ${CENTRAL} (${soon.toISOString().slice(0, 10)})`);
  });
});
