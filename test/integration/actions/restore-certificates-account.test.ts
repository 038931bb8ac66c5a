import { beforeAll, describe, expect, it } from 'vitest';
import { PreflightError } from '../../../src/contract/errors.ts';
import type { Node } from '../../../src/contract/node.ts';
import { certificatesLab, HOST, linesOf, siteKeys, type SiteKeys } from './certificates-lab.ts';

let kept: SiteKeys;

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
    await lab.step.undo();
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
      input: { account: 'ACME\\svc' },
      change: asked(discovered([], 'ACME\\svc')),
    });
    const { before, warnings } = await told.step.attempt();
    expect(before).toMatchObject({ account: 'ACME\\svc' });
    expect(warnings).toEqual([]);
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
