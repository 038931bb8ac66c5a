import fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { StepError, VerificationError } from '../../../src/contract/errors.ts';
import type { Node } from '../../../src/contract/node.ts';
import {
  certificatesLab,
  HOST,
  linesOf,
  only,
  PASSWORD,
  siteKeys,
  without,
  type SiteKeys,
} from './certificates-lab.ts';

/** Of the set; made by a fresh installation for the same host; of another host. */
let kept: SiteKeys;
let fresh: SiteKeys;
let elsewhere: SiteKeys;

beforeAll(async () => {
  [kept, fresh, elsewhere] = await Promise.all([
    siteKeys(HOST, { own: true }),
    siteKeys(HOST),
    siteKeys('old.example'),
  ]);
}, 120_000);

/** The node with something of its certificates changed. */
function withCertificates(change: (node: Node) => Partial<Node['certificates']>): (node: Node) => Node {
  return (node) => ({ ...node, certificates: { ...node.certificates, ...change(node) } });
}

describe('restore.certificates', () => {
  it('puts the set into empty stores, the own certificate of the customer too', async () => {
    const lab = await certificatesLab({ set: kept });
    const { outputs, performed } = await lab.step.attempt();
    expect(await lab.stores()).toEqual(linesOf(kept));
    expect(performed.map(({ kind }) => kind)).toEqual([
      'file',
      'file',
      ...Array<string>(5).fill('certificate'),
    ]);
    expect(outputs['imported']).toHaveLength(5);
    expect(outputs['replaced']).toEqual([]);
    await expect(lab.step.check()).resolves.toBe('done');
  });

  it('replaces what a fresh installation made, after exporting it with its keys', async () => {
    const lab = await certificatesLab({ stores: [fresh], set: kept });
    const plan = await lab.step.plan();
    const { performed, outputs } = await lab.step.attempt();
    expect(performed).toHaveLength(plan.operations.length);
    expect(await lab.stores()).toEqual(linesOf(kept));
    expect(await fs.readdir(path.join(lab.safety, 'certificates'))).toHaveLength(4);
    expect(outputs['replaced']).toHaveLength(4);
    const verbs = performed.flatMap((one) => (one.kind === 'certificate' ? [one.verb] : []));
    expect(verbs.join(' ')).toMatch(/^(export ){4}(remove ){4}(import ?){5}$/);
    if (process.platform !== 'win32') {
      expect((await fs.stat(lab.safety)).mode & 0o777).toBe(0o700);
      expect((await fs.stat(path.join(lab.safety, 'certificates'))).mode & 0o777).toBe(0o700);
    }
  });

  it('leaves alone what is there already and plans nothing then', async () => {
    const lab = await certificatesLab({ stores: [kept], set: kept });
    const plan = await lab.step.plan();
    expect(plan.operations.filter(({ kind }) => kind === 'certificate')).toEqual([]);
    expect(plan.notes?.join('\n')).toContain('left as they are');
    const { outputs } = await lab.step.attempt();
    expect(outputs['untouched']).toHaveLength(5);
    await lab.step.undo();
    expect(await lab.stores()).toEqual(linesOf(kept));
  });

  it('resolves duplicates: only those of the set stay', async () => {
    const lab = await certificatesLab({ stores: [kept, fresh], set: kept });
    await lab.step.attempt();
    expect(await lab.stores()).toEqual(linesOf(kept));
    await lab.step.undo();
    expect(await lab.stores()).toEqual(linesOf(kept, fresh));
  });

  it('knows those of a fresh installation also when their authority is gone', async () => {
    const lab = await certificatesLab({ stores: [without(fresh, 'ca')], set: kept });
    await lab.step.attempt();
    expect(await lab.stores()).toEqual(linesOf(kept));
    await lab.step.undo();
    expect(await lab.stores()).toEqual(linesOf(without(fresh, 'ca')));
  });

  it('gives one that lies there without its key the key back', async () => {
    const bare: SiteKeys = {
      stored: kept.stored.map(([store, role, issued]) => [
        store,
        role,
        role === 'client' ? ({ certificatePem: issued.certificatePem } as typeof issued) : issued,
      ]),
    };
    const lab = await certificatesLab({ stores: [bare], set: kept });
    await lab.step.attempt();
    expect(await lab.stores()).toEqual(linesOf(kept));
  });

  it('keeps one without a private key too, and puts it back', async () => {
    const bare: SiteKeys = {
      stored: only(fresh, 'ca').stored.map(([store, role, issued]) => [
        store,
        role,
        { certificatePem: issued.certificatePem } as typeof issued,
      ]),
    };
    const lab = await certificatesLab({ stores: [bare], set: kept });
    const before = await lab.stores();
    expect(before).toHaveLength(1);
    expect((await lab.step.plan()).notes?.join('\n')).toContain('without a private key');
    await lab.step.attempt();
    expect(await lab.stores()).toEqual(linesOf(kept));
    const [file = ''] = await fs.readdir(path.join(lab.safety, 'certificates'));
    expect(file).toMatch(/\.cer$/);
    await lab.step.undo();
    expect(await lab.stores()).toEqual(before);
    await expect(lab.step.undo()).resolves.toEqual([]);
  });

  it('foresees that another password opens none of those it kept, unless they are in their stores again', async () => {
    let password = PASSWORD;
    const lab = await certificatesLab({
      ...{ stores: [only(fresh, 'ca', 'server')], set: kept },
      get password() {
        return password;
      },
    });
    await lab.step.attempt();
    const after = await lab.stores();
    expect(await lab.step.foresee()).toEqual([]);
    password = 'another word';
    const found = await lab.step.foresee();
    expect(found).toHaveLength(2);
    for (const message of found) expect(message).toContain('does not open with certificates.password');
    await expect(lab.step.undo()).rejects.toThrow(found[0]);
    expect(await lab.stores()).toEqual(after);
    password = PASSWORD;
    await lab.step.undo();
    password = 'another word';
    expect(await lab.step.foresee(true)).toEqual([]);
  });

  it('leaves certificates of another site where they are, and warns of them', async () => {
    const lab = await certificatesLab({ stores: [elsewhere], set: kept });
    const { warnings } = await lab.step.attempt();
    expect(await lab.stores()).toEqual(linesOf(kept, elsewhere));
    expect(warnings.join()).toContain('old.example-CA');
  });

  it('warns of an expired certificate and restores it all the same', async () => {
    const expired = await siteKeys(HOST, { notAfter: new Date('2021-01-01T00:00:00Z') });
    const lab = await certificatesLab({ set: expired });
    const { warnings } = await lab.step.attempt();
    expect(warnings.join()).toMatch(/expired on 2021/);
    expect(await lab.stores()).toEqual(linesOf(expired));
  });
});

describe('restore.certificates refuses', () => {
  it('certificates of another host, before anything is changed', async () => {
    const lab = await certificatesLab({ stores: [fresh], set: elsewhere });
    const plan = await lab.step.plan();
    expect(plan.incomplete).toMatch(/those of old\.example, and this is qs1\.example/);
    expect(plan.operations).toEqual([]);
  });

  it('not those of another host when the site gets a new name; the fresh ones of this host go', async () => {
    const lab = await certificatesLab({ stores: [fresh], set: elsewhere, input: { 'expect-host': 'any' } });
    await lab.step.attempt();
    expect(await lab.stores()).toEqual(linesOf(elsewhere));
  });

  it('a wrong password: nothing was changed', async () => {
    const lab = await certificatesLab({ stores: [fresh], set: kept, password: 'wrong' });
    await expect(lab.step.attempt()).rejects.toThrow(VerificationError);
    await expect(lab.step.attempt()).rejects.toMatchObject({
      hint: expect.stringContaining('password') as string,
      changed: undefined,
    });
    expect(await lab.stores()).toEqual(linesOf(fresh));
    await expect(fs.readdir(lab.safety)).rejects.toThrow('ENOENT');
    await expect(lab.step.check()).resolves.toBe('not-done');
  });

  it('a set that lacks one of the four', async () => {
    const lab = await certificatesLab({ stores: [fresh], set: without(kept, 'client') });
    expect((await lab.step.plan()).incomplete).toContain('QlikClient');
  });

  it('to remove one whose key is not exportable: it says which, and what to do', async () => {
    const lab = await certificatesLab({
      stores: [fresh],
      set: kept,
      change: withCertificates((node) => ({
        async list() {
          const all = await node.certificates.list();
          return all.map((info) =>
            info.subject === 'CN=QlikClient' ? { ...info, keyState: 'not-exportable' as const } : info,
          );
        },
      })),
    });
    const { incomplete } = await lab.step.plan();
    expect(incomplete).toMatch(/QlikClient.*not marked as exportable.*remove it by hand/s);
    expect(await lab.stores()).toEqual(linesOf(fresh));
  });

  it('not one that is not exportable and is the one of the set: it stays', async () => {
    const lab = await certificatesLab({
      stores: [kept],
      set: kept,
      change: withCertificates((node) => ({
        async list() {
          const all = await node.certificates.list();
          return all.map((info) => ({ ...info, keyState: 'not-exportable' as const }));
        },
      })),
    });
    const { warnings } = await lab.step.attempt();
    expect(await lab.stores()).toEqual(linesOf(kept));
    expect(warnings.join()).toContain('is not exportable');
  });

  it('to remove anything when an export fails', async () => {
    const lab = await certificatesLab({
      stores: [fresh],
      set: kept,
      change: withCertificates((node) => ({
        async export(store, thumbprint, file, password) {
          if (store === 'CurrentUser/My') throw new VerificationError('the key is on a card');
          await node.certificates.export(store, thumbprint, file, password);
        },
      })),
    });
    await expect(lab.step.attempt()).rejects.toThrow(/QlikClient .*cannot be exported: the key is on a card/);
    expect(await lab.stores()).toEqual(linesOf(fresh));
    await expect(lab.step.check()).resolves.toBe('not-done');
    await lab.step.undo();
    expect(await lab.stores()).toEqual(linesOf(fresh));
  });

  it('to go on when an export does not open', async () => {
    const lab = await certificatesLab({
      stores: [fresh],
      set: kept,
      change: withCertificates(() => ({
        export: (_store, _thumbprint, file) => fs.writeFile(file, 'cut off'),
      })),
    });
    await expect(lab.step.attempt()).rejects.toThrow(StepError);
    expect(await lab.stores()).toEqual(linesOf(fresh));
  });

  it('to work while a service runs', async () => {
    const lab = await certificatesLab({ stores: [fresh], set: kept });
    await lab.node.services.start('QlikSenseServiceDispatcher', { timeoutMs: 10_000 });
    await expect(lab.step.attempt()).rejects.toThrow('QlikSenseServiceDispatcher');
    expect(await lab.stores()).toEqual(linesOf(fresh));
  });

  it('what came into the stores after the plan was made', async () => {
    const lab = await certificatesLab({ set: kept });
    await lab.step.plan();
    const { addToStore } = await import('../../../src/platform/simulated/certificates.ts');
    for (const [store, , issued] of fresh.stored)
      await addToStore(path.join(path.dirname(lab.vaultRoot), 'node'), store, issued);
    await expect(lab.step.attempt()).rejects.toThrow(/not as they were when the plan was made/);
    expect(await lab.stores()).toEqual(linesOf(fresh));
  });

  it.each([
    ['../../outside.pfx', 'is no path in the set'],
    ['C:\\x.pfx', 'is no path in the set'],
    ['/etc/passwd', 'is no path in the set'],
    ['certificates/aux.pfx', 'is no path in the set'],
    ['certificates/gone.pfx', 'is not there'],
  ])('a list that names %s', async (file, reason) => {
    const lab = await certificatesLab({ stores: [fresh], set: kept });
    const index = path.join(lab.set, 'certificates', 'index.json');
    const list = JSON.parse(await fs.readFile(index, 'utf8')) as { role: string; file: string }[];
    await fs.writeFile(
      index,
      JSON.stringify(list.map((one) => (one.role === 'ca' ? { ...one, file } : one))),
    );
    await expect(lab.step.attempt()).rejects.toThrow(reason);
    expect(await lab.stores()).toEqual(linesOf(fresh));
  });

  it.skipIf(process.platform === 'win32')('a file that is a link out of the set', async () => {
    const lab = await certificatesLab({ stores: [fresh], set: kept });
    const file = path.join(lab.set, 'certificates', 'ca.pfx');
    await fs.rename(file, path.join(lab.vaultRoot, 'ca.pfx'));
    await fs.symlink(path.join(lab.vaultRoot, 'ca.pfx'), file);
    await expect(lab.step.attempt()).rejects.toThrow('leads through a link');
    expect(await lab.stores()).toEqual(linesOf(fresh));
  });

  it('a file with another certificate than the list says', async () => {
    const lab = await certificatesLab({ stores: [fresh], set: kept });
    const folder = path.join(lab.set, 'certificates');
    await fs.copyFile(path.join(folder, 'server.pfx'), path.join(folder, 'client.pfx'));
    await expect(lab.step.attempt()).rejects.toThrow('client.pfx does not hold the certificate');
    expect(await lab.stores()).toEqual(linesOf(fresh));
  });

  it('nothing for the certificate of a proxy that does not open: it is left out with a warning', async () => {
    const lab = await certificatesLab({ set: kept });
    const index = path.join(lab.set, 'certificates', 'index.json');
    const list = JSON.parse(await fs.readFile(index, 'utf8')) as { role: string }[];
    const changed = list.map((one) => (one.role === 'included' ? { ...one, use: 'proxy' } : one));
    await fs.writeFile(index, JSON.stringify(changed));
    await fs.writeFile(path.join(lab.set, 'certificates', 'included.pfx'), 'damaged');
    const { warnings } = await lab.step.attempt();
    expect(await lab.stores()).toEqual(linesOf(without(kept, 'included')));
    expect(warnings.join()).toContain('Not restored');
  });
});
