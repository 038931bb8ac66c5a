import { beforeAll, describe, expect, it } from 'vitest';
import { ExpectedError, PreflightError } from '../../../src/contract/errors.ts';
import type { Node } from '../../../src/contract/node.ts';
import { Killed } from '../../helpers/step-runner.ts';
import { certificatesLab, HOST, linesOf, only, siteKeys, type SiteKeys } from './certificates-lab.ts';

let kept: SiteKeys;

/** All but the key in the store of the account itself. */
const MACHINE_KEYS = [
  'LocalMachine/My ACME\\svc',
  'LocalMachine/My ACME\\svc',
  'LocalMachine/Root ACME\\svc',
];

beforeAll(async () => {
  kept = await siteKeys(HOST);
}, 120_000);

describe('the account of the services', () => {
  const discovered = (services: readonly object[], runner = 'ACME\\admin') => ({
    installed: [],
    services: [...services],
    runner: { account: runner, sid: `S-1-5-21-${runner}`, elevated: true },
    netRelease: null,
    reboot: [],
    volumes: [],
    odbc: [],
  });
  const service = (account: string, sid = `S-1-5-21-${account}`) => ({
    name: 'QlikSenseRepositoryService',
    path: null,
    account,
    sid,
    administrator: true,
  });
  const asked = (answer: unknown) => (node: Node) => ({
    ...node,
    discover: () => Promise.resolve(answer as never),
  });

  it('gets read access to the keys of the machine, not to that of its own store', async () => {
    const lab = await certificatesLab({
      set: kept,
      change: asked(discovered([service('ACME\\svc')], 'ACME\\svc')),
    });
    const plan = await lab.step.plan();
    const imports = plan.operations.filter((one) => one.kind === 'certificate' && one.verb === 'import');
    const accounts = imports.map(
      (one) => `${'store' in one ? one.store : ''} ${String('account' in one && one.account)}`,
    );
    expect(accounts.sort()).toEqual([
      'CurrentUser/My false',
      ...Array<string>(2).fill('LocalMachine/My ACME\\svc'),
      'LocalMachine/Root ACME\\svc',
    ]);
    const { warnings, before } = await lab.step.attempt();
    expect(warnings).toEqual([]);
    expect(before).toMatchObject({ account: 'ACME\\svc' });
    expect(lab.access()).toEqual(MACHINE_KEYS);
    await lab.step.undo();
    expect(lab.access()).toEqual([]);
  });

  it('gets access to keys that are there already, and nothing else is done to them', async () => {
    const lab = await certificatesLab({
      stores: [kept],
      set: kept,
      change: asked(discovered([service('ACME\\svc')], 'ACME\\svc')),
    });
    const { operations } = await lab.step.plan();
    const planned = operations.flatMap((one) => (one.kind === 'certificate' ? [one] : []));
    expect(planned.map(({ verb, store, account }) => `${verb} ${store} ${String(account)}`).sort()).toEqual([
      ...Array<string>(2).fill('give-access LocalMachine/My ACME\\svc'),
      'give-access LocalMachine/Root ACME\\svc',
    ]);
    const { performed, warnings, outputs } = await lab.step.attempt();
    expect(performed.filter(({ kind }) => kind === 'certificate')).toEqual(planned);
    expect(warnings).toEqual([]);
    expect(outputs).toMatchObject({ imported: [], replaced: [] });
    expect(lab.access()).toEqual(MACHINE_KEYS);
    await lab.step.attempt();
    expect(lab.access()).toEqual(MACHINE_KEYS);
    await lab.step.undo();
    expect(await lab.stores()).toEqual(linesOf(kept));
  });

  it('gets it after a kill, too', async () => {
    const lab = await certificatesLab({
      stores: [only(kept, 'server')],
      set: kept,
      change: asked(discovered([service('ACME\\svc')], 'ACME\\svc')),
    });
    // Read, write, three imports; then access to the one that was there.
    await expect(lab.step.attempt({ operation: 4, when: 'after' })).rejects.toThrow(Killed);
    expect(lab.access()).toHaveLength(2);
    await lab.step.attempt();
    expect(lab.access()).toEqual(MACHINE_KEYS);
  });

  it('is warned of, with what to do, where access to a key cannot be given; the restore goes on', async () => {
    const lab = await certificatesLab({
      stores: [kept],
      set: kept,
      change: (node) => ({
        ...asked(discovered([service('ACME\\svc')], 'ACME\\svc'))(node),
        certificates: {
          ...node.certificates,
          import: () => Promise.reject(new ExpectedError('the file of the private key was not found')),
        },
      }),
    });
    const { warnings } = await lab.step.attempt();
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatch(
      /^ACME\\svc was not given access to the private key of .+: the file of the private key was not found Give it .*Manage Private Keys/,
    );
  });

  it('is warned of when this runs as somebody else', async () => {
    const lab = await certificatesLab({ set: kept, change: asked(discovered([service('ACME\\svc')])) });
    expect((await lab.step.plan()).notes?.join()).toContain('This runs as ACME\\admin');
    const { warnings } = await lab.step.attempt();
    expect(warnings.join()).toMatch(/client certificate goes into the store of ACME\\admin/);
  });

  it('is not needed for SYSTEM', async () => {
    const lab = await certificatesLab({
      set: kept,
      change: asked(discovered([service('LocalSystem', 'S-1-5-18')])),
    });
    const { before } = await lab.step.attempt();
    expect(before).toMatchObject({ account: null });
  });

  it('is taken from the input while nothing is installed, and is a warning without', async () => {
    const bare = await certificatesLab({ set: kept, change: asked(discovered([])) });
    expect((await bare.step.attempt()).warnings.join()).toContain('Manage Private Keys');
    const told = await certificatesLab({
      set: kept,
      // As it may be typed.
      input: { account: 'ACME/svc' },
      change: asked(discovered([], 'ACME\\svc')),
    });
    const { before, warnings } = await told.step.attempt();
    expect(before).toMatchObject({ account: 'ACME\\svc' });
    expect(warnings).toEqual([]);
    expect(told.access()).toEqual(MACHINE_KEYS);
    expect(bare.access()).toEqual([]);
  });

  it('that Windows does not tell is a warning', async () => {
    const lab = await certificatesLab({
      set: kept,
      change: (node) => ({ ...node, discover: () => Promise.reject(new PreflightError('no answer')) }),
    });
    const { warnings } = await lab.step.attempt();
    expect(warnings.join()).toContain('does not say who runs');
    expect(await lab.stores()).toEqual(linesOf(kept));
  });
});
