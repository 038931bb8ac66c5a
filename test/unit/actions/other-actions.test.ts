import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCertificatesExport } from '../../../src/actions/certificates-export.ts';
import { createCommandRun } from '../../../src/actions/command-run.ts';
import { createHumanConfirm } from '../../../src/actions/human-confirm.ts';
import { ConfirmationError, PreflightError, StepError, StoppedError } from '../../../src/contract/errors.ts';
import { PLANNED, certificatesOf, fakeSite, parts } from './fakes.ts';
import { contextFor, fakeNode, filesIn, runAction } from './harness.ts';

describe('certificates.export', () => {
  const secrets = { read: async () => 'word' };

  it('exports the four with their keys and lists them', async () => {
    const c = { ...parts(), secrets };
    const node = fakeNode();
    node.list = [...certificatesOf('qs1.example'), ...certificatesOf('other.example')];
    const { left } = await runAction(createCertificatesExport(c), { set: 'SET' }, { ...PLANNED, node });
    expect(left).toEqual([]);
    expect(await filesIn(path.join(c.root, 'SET'))).toEqual([
      'certificates/index.json',
      'certificates/qs1.example_ca.pfx',
      'certificates/qs1.example_client.pfx',
      'certificates/qs1.example_server.pfx',
      'certificates/qs1.example_service-cluster.pfx',
    ]);
    const index = JSON.parse(
      await fs.readFile(path.join(c.root, 'SET/certificates/index.json'), 'utf8'),
    ) as unknown;
    expect(index).toContainEqual(
      expect.objectContaining({
        role: 'client',
        store: 'CurrentUser/My',
        thumbprint: 'CLIENT',
        file: 'certificates/qs1.example_client.pfx',
      }),
    );
    expect(JSON.stringify(index)).not.toContain('word');
  });

  it('exports what proxies and data encryption use where it can, and warns of the rest', async () => {
    const [proxy, rim, fixed, refused] = ['A', 'B', 'C', 'D'].map((letter) => letter.repeat(40));
    const own = (thumbprint: string | undefined, changes = {}) => ({
      store: 'LocalMachine/My' as const,
      thumbprint: String(thumbprint),
      subject: 'CN=www.example',
      issuer: 'CN=Example Root',
      notBefore: '2020-01-01T00:00:00Z',
      notAfter: '2030-01-01T00:00:00Z',
      hasPrivateKey: true,
      ...changes,
    });
    const used = [
      { use: 'proxy' as const, thumbprint: String(proxy) },
      { use: 'proxy' as const, thumbprint: String(rim) },
      { use: 'encryption' as const, thumbprint: String(fixed) },
      { use: 'encryption' as const, thumbprint: String(refused) },
    ];
    const c = { ...parts({}, { usedCertificates: used }), secrets };
    const node = fakeNode();
    node.list = [
      ...certificatesOf('qs1.example'),
      own(proxy),
      own(fixed, { keyState: 'not-exportable' }),
      own(refused),
    ];
    node.refused.add(String(refused));
    const { warnings, plan } = await runAction(
      createCertificatesExport(c),
      { set: 'SET' },
      { ...PLANNED, node },
    );
    expect(plan.notes).toHaveLength(2);
    expect(warnings).toEqual([
      expect.stringMatching(/proxy B+ is not in the set: it is in no store/),
      expect.stringMatching(/encryption C+ is not in the set: .* not marked as exportable/),
      expect.stringMatching(/encryption D+ is not in the set: refused/),
    ]);
    const index = JSON.parse(
      await fs.readFile(path.join(c.root, 'SET/certificates/index.json'), 'utf8'),
    ) as object[];
    expect(index).toHaveLength(5);
    expect(index[4]).toMatchObject({ role: 'included', use: 'proxy', thumbprint: proxy });
  });

  it('goes on when the database does not say what is used, and warns', async () => {
    const c = { ...parts({}, { usedCertificates: new PreflightError('no answer') }), secrets };
    const node = fakeNode();
    node.list = certificatesOf('qs1.example');
    const { warnings } = await runAction(createCertificatesExport(c), { set: 'SET' }, { ...PLANNED, node });
    expect(warnings).toEqual([expect.stringContaining('is not known: no answer')]);
  });

  it('replaces what an earlier attempt has left in the open set', async () => {
    const c = { ...parts(), secrets };
    const node = fakeNode();
    node.list = certificatesOf('qs1.example');
    const file = path.join(c.root, 'SET/certificates/qs1.example_ca.pfx');
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, 'half');
    await runAction(createCertificatesExport(c), { set: 'SET' }, { ...PLANNED, node });
    expect(await fs.readFile(file, 'utf8')).toBe('CA word');
  });

  it('fails when one of the four is gone', async () => {
    const node = fakeNode();
    node.list = certificatesOf('qs1.example').slice(0, 3);
    const run = runAction(createCertificatesExport({ ...parts(), secrets }), { set: 'SET' }, { node });
    await expect(run).rejects.toThrow(/QlikServiceCluster/);
  });
});

describe('command.run', () => {
  const action = createCommandRun({ site: fakeSite() });

  it('has the effect it declares, which it must', () => {
    const { effect } = action;
    expect(
      typeof effect === 'function' && effect(action.input.parse({ argv: ['x'], effect: 'destroy' })),
    ).toBe('destroy');
    expect(action.input.safeParse({ argv: ['x'] }).success).toBe(false);
  });

  it('passes secrets by the environment, whose names alone are shown', async () => {
    const { plan, outputs } = await runAction(
      action,
      { argv: ['notify', 'a b'], effect: 'change', env: { TOKEN: 'hidden' }, 'ok-codes': [0, 3] },
      {
        async exec(argv, options) {
          expect(argv).toEqual(['notify', 'a b']);
          expect(options).toMatchObject({ env: { TOKEN: 'hidden' }, okCodes: [0, 3], timeoutMs: 5000 });
          return { stdout: 'sent\n' };
        },
      },
    );
    expect(plan.operations).toEqual([
      { kind: 'command', argv: ['notify', 'a b'], env: ['TOKEN'], effect: 'change' },
    ]);
    expect(outputs['stdout']).toBe('sent');
  });

  it('cannot be judged afterwards, unless it only looks', async () => {
    const judge = (effect: string) =>
      action.check(action.input.parse({ argv: ['x'], effect }), null, contextFor(fakeNode()));
    await expect(judge('change')).resolves.toBe('unknown');
    await expect(judge('read')).resolves.toBe('not-done');
  });
});

describe('human.confirm', () => {
  const ask = (answer: boolean, canAsk = true) =>
    createHumanConfirm({ person: { canAsk, confirm: async () => answer } });
  const input = { text: 'Stop the proxy', expect: { stopped: ['QlikSenseProxyService'] } };

  it('does not believe that it was done', async () => {
    await expect(runAction(ask(true), input)).rejects.toThrow(StepError);
    const node = fakeNode({ services: { QlikSenseProxyService: { state: 'stopped' } } });
    const { left } = await runAction(ask(true), input, { node });
    expect(left).toEqual([]);
  });

  it('stops to be continued when the person says no', async () => {
    await expect(runAction(ask(false), input)).rejects.toThrow(StoppedError);
  });

  it('ends with a missing confirmation without a terminal', async () => {
    await expect(runAction(ask(true, false), input)).rejects.toThrow(ConfirmationError);
  });

  it('is judged by what can be seen, and else not at all', async () => {
    const action = ask(true);
    await expect(action.check(action.input.parse(input), null, contextFor(fakeNode()))).resolves.toBe(
      'not-done',
    );
    await expect(action.check(action.input.parse({ text: 'x' }), null, contextFor(fakeNode()))).resolves.toBe(
      'unknown',
    );
  });
});
