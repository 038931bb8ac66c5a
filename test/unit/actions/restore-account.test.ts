import { describe, expect, it } from 'vitest';
import { PreflightError } from '../../../src/contract/errors.ts';
import { manifest, restore, type Changes } from './check-restore-lab.ts';

describe('the account that a restore runs as', () => {
  /** A Windows that tells who runs this. */
  const windowsOf = (account: string) => ({
    transport: 'local' as const,
    discover: () =>
      Promise.resolve({
        installed: [{ name: 'Qlik Sense May 2025', version: null, location: null }],
        services: [],
        runner: { account, sid: 'S-1-5-21-1', elevated: true },
        netRelease: null,
        reboot: [],
        volumes: [],
        odbc: [],
      }),
  });
  const account = async (changes: Changes, input: object = {}) =>
    (await restore(changes, input)).checks.find(({ id }) => id === 'restore-account');

  it('was Root Admin when the set was made, or those who were are named', async () => {
    expect(await account({ windows: windowsOf('acme\\ANNA') })).toMatchObject({
      status: 'ok',
      message: 'ACME\\anna, which runs this, was Root Admin when the set was made.',
    });
    const other = await account({ windows: windowsOf('ACME\\bob') });
    expect(other).toMatchObject({ status: 'warning' });
    expect(other?.message).toBe(
      'ACME\\bob, which runs this, was not among them. Root Admin when the set was made: ACME\\anna, qs1\\admin.',
    );
    expect(other?.hint).toContain('manual 5.7, p. 210');
  });

  it('of the old machine alone has no rights under another name', async () => {
    const windows = windowsOf('QS1\\admin');
    expect(await account({ windows })).toMatchObject({ status: 'ok' });
    const moved = await account({ windows }, { 'new-host': 'qs1.example' });
    expect(moved).toMatchObject({ status: 'warning' });
    expect(moved?.message).toContain('was an account of the old machine: on qs1.example it is another one');
  });

  it('is not compared where no Windows tells who it is, and when no database is restored', async () => {
    expect(await account({})).toMatchObject({
      status: 'ok',
      message:
        'Root Admin when the set was made: ACME\\anna, qs1\\admin. Which account runs this was not compared: no Windows.',
    });
    expect(await account({}, { only: 'share' })).toBeUndefined();
  });

  it('is compared with the dump of a set that was made before it was recorded', async () => {
    const databases = manifest.databases.map(({ rootAdmins: _gone, ...rest }) => rest);
    const columns = ['ID', 'UserId', 'UserDirectory', 'RolesString', 'Inactive'];
    const rows = [
      ['1', 'anna', 'ACME', 'ContentAdmin, RootAdmin', 'f'],
      ['2', 'left', 'ACME', 'RootAdmin', 't'],
      ['3', 'bob', 'ACME', null, 'f'],
    ];
    const old = { manifest: { databases }, windows: windowsOf('ACME\\bob') };
    const tables = [{ schema: 'public', table: 'Users', columns, rows }];
    const read = await account({ ...old, dumped: () => Promise.resolve(tables) });
    expect(read?.message).toContain('Root Admin when the set was made: ACME\\anna.');
    const silent = await account({ ...old, dumped: () => Promise.resolve([]) });
    expect(silent).toMatchObject({ status: 'warning' });
    expect(silent?.message).toBe(
      'Who was Root Admin when the set was made is not known: the dump of QSR does not tell. This runs as ACME\\bob.',
    );
    const broken = await account({ ...old, dumped: () => Promise.reject(new PreflightError('no programs')) });
    expect(broken?.message).toContain('is not known: no programs.');
  });
});
