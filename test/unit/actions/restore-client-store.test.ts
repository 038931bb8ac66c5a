import { describe, expect, it } from 'vitest';
import { PreflightError } from '../../../src/contract/errors.ts';
import { restore, type Changes } from './check-restore-lab.ts';
import { QLIK } from './harness.ts';

const ID = 'restore-client-certificate';

/** A Windows whose Repository Service runs as one account, and this as another. */
function windowsOf(runner: string, ...services: readonly { account: string; sid: string | null }[]) {
  return {
    transport: 'local' as const,
    discover: () =>
      Promise.resolve({
        installed:
          services.length === 0 ? [] : [{ name: 'Qlik Sense May 2025', version: null, location: null }],
        services: services.map((one, index) => ({
          name: index === 0 ? 'QlikSenseRepositoryService' : 'QlikSenseProxyService',
          path: null,
          administrator: true,
          ...one,
        })),
        runner: { account: runner, sid: `S-1-5-21-${runner}`, elevated: true },
        netRelease: null,
        reboot: [],
        volumes: [],
        odbc: [],
      }),
  };
}

const account = (name: string, sid = `S-1-5-21-${name}`) => ({ account: name, sid });

async function found(changes: Changes, input: object = {}) {
  return (await restore(changes, input)).checks.find(({ id }) => id === ID);
}

describe('the store that the client certificate goes into', () => {
  it('is that of the services when this runs as their account', async () => {
    const windows = windowsOf('ACME\\svc', account('ACME\\svc'));
    expect(await found({ windows })).toMatchObject({ status: 'ok' });
  });

  it('is another one when this runs as somebody else: preflight names both, what is wrong then, and what to do', async () => {
    const check = await found({ windows: windowsOf('ACME\\anna', account('ACME\\svc')) });
    expect(check).toMatchObject({ status: 'warning' });
    expect(check?.message).toBe(
      'This runs as ACME\\anna, and the services as ACME\\svc: the client certificate goes into the store of ACME\\anna, where the services do not look. What is in the store of ACME\\svc is neither seen nor replaced.',
    );
    expect(check?.hint).toMatch(/^Stop here, and restore as ACME\\svc \(manual 5\.5 step 2, p\. 199\)\./);
    expect(check?.hint).toContain('one QlikClient, that of the set');
  });

  it.each([account('NT AUTHORITY\\SYSTEM', 'S-1-5-18'), account('ACME\\svc$')])(
    'is reached by a task where nobody can log on as $account',
    async (services) => {
      const check = await found({ windows: windowsOf('ACME\\anna', services) });
      expect(check?.hint).toContain(`Nobody can log on as ${services.account}, but a task of Windows can`);
    },
  );

  it('does not matter where no certificate is restored', async () => {
    const windows = windowsOf('ACME\\anna', account('ACME\\svc'));
    expect(await found({ windows }, { only: 'databases' })).toBeUndefined();
    expect(await found({ windows }, { only: 'certificates' })).toMatchObject({ status: 'warning' });
  });

  it('is not looked at where there is no Windows that could tell', async () => {
    expect(await found({})).toBeUndefined();
    expect(await found({ windows: windowsOf('ACME\\anna') })).toBeUndefined();
  });
});

describe('the store on a bare machine', () => {
  const services = Object.fromEntries(QLIK.map((name) => [name, { name: 'Spooler' }]));
  const bare = (windows: object) => ({ windows, node: { services } });

  it('is that of who runs this, to be compared with who will run the services', async () => {
    const windows = windowsOf('ACME\\anna');
    const told = (name: string) => found(bare(windows), { bare: true, account: name });
    expect(await told('acme/ANNA')).toMatchObject({ status: 'ok' });
    const other = await told('ACME/svc');
    expect(other).toMatchObject({ status: 'warning' });
    expect(other?.message).toContain('This runs as ACME\\anna, and the services as ACME\\svc:');
    const silent = await told('');
    expect(silent).toMatchObject({ status: 'warning' });
    expect(silent?.message).toContain('Who will run the services was not told.');
    expect(silent?.hint).toContain("--set 'user=DOMAIN\\name'");
  });

  it('is a warning where Windows does not say who runs this', async () => {
    const discover = () => Promise.reject(new PreflightError('no answer'));
    const check = await found(bare({ transport: 'local', discover }), { bare: true });
    expect(check).toMatchObject({ status: 'warning' });
    expect(check?.message).toContain('does not say who runs this: no answer');
    expect(await found(bare({}), { bare: true })).toBeUndefined();
  });
});
