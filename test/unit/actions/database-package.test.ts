import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createDatabasePackageReinstall,
  createDatabasePackageRemove,
} from '../../../src/actions/database-package.ts';
import { CommandError } from '../../../src/contract/errors.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from './fakes.ts';
import { contextFor, fakeNode, runAction, type RunOptions } from './harness.ts';
import { windowsAnswer } from './windows-answer.ts';

/** A package cache with these packages, oldest first, and Windows Installer that ends with `codes`, one a call. */
function lab(packages: readonly string[], codes: readonly number[] = []) {
  const cache = temporaryFolder();
  packages.forEach((name, index) => {
    const file = path.join(cache, `{${String(index)}}v1`, name);
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, 'a package');
    fs.utimesSync(file, index, index);
  });
  const calls: string[][] = [];
  const exec: RunOptions['exec'] = (argv) => {
    const code = codes[calls.length] ?? 0;
    calls.push([...argv]);
    return code === 0 ? Promise.resolve({}) : Promise.reject(new CommandError('ended', { argv, code }));
  };
  return { cache, calls, exec, c: { site: fakeSite(), temporaryFolder: '/tmp' } };
}

const withRelease = (release: string) =>
  Object.assign(fakeNode(), { discover: () => Promise.resolve(windowsAnswer({ release })) });

describe('package.remove', () => {
  it('uninstalls every package of a bundled database, whatever its name is spelled like, and no other one', async () => {
    const { c, cache, calls, exec } = lab([
      'postgresql.MSI',
      'PostgreSQL125.msi',
      'PostgreSQL14.msi',
      'Engine.msi',
    ]);
    const { outputs, left } = await runAction(createDatabasePackageRemove(c), { cache }, { exec });
    const file = path.join(cache, '{0}v1', 'postgresql.MSI');
    expect(calls[0]).toEqual([
      ...['msiexec.exe', '/x', file, '/qn', '/norestart'],
      ...['/l*v', '/tmp/sense-runbook-RUN-step-central-0.log'],
    ]);
    expect(calls.map((argv) => path.basename(argv[2] ?? ''))).toEqual([
      'postgresql.MSI',
      'PostgreSQL125.msi',
    ]);
    expect(outputs['removed']).toEqual(calls.map((argv) => argv[2]));
    expect(left).toEqual([]);
  });

  it('passes over one that is not installed, and says when Windows wants a restart', async () => {
    const { c, cache, exec } = lab(['PostgreSQL.msi', 'PostgreSQL125.msi'], [1605, 3010]);
    const { outputs, warnings } = await runAction(createDatabasePackageRemove(c), { cache }, { exec });
    expect(outputs['removed']).toEqual([path.join(cache, '{1}v1', 'PostgreSQL125.msi')]);
    expect(warnings).toEqual([expect.stringContaining('needs a restart (3010)')]);
  });

  it('fails with the code and the log', async () => {
    const { c, cache, exec } = lab(['PostgreSQL.msi'], [1603]);
    await expect(runAction(createDatabasePackageRemove(c), { cache }, { exec })).rejects.toThrow(
      /ended with 1603 for .*PostgreSQL.msi/,
    );
  });

  it('says when there is nothing to uninstall', async () => {
    const { c, calls, exec } = lab([]);
    const { plan } = await runAction(createDatabasePackageRemove(c), { cache: '/nowhere at all' }, { exec });
    expect(plan.operations).toEqual([]);
    expect(plan.notes?.join()).toContain('nothing is uninstalled');
    expect(calls).toEqual([]);
  });
});

describe('package.reinstall', () => {
  it.each([
    ['February 2022', 'PostgreSQL125.msi'],
    ['May 2023', 'PostgreSQL125.msi'],
    ['August 2023', 'PostgreSQL14.msi'],
    ['May 2025', 'PostgreSQL14.msi'],
  ])('of %s installs the programs of %s, without a database', async (release, name) => {
    const { c, cache, calls, exec } = lab(['PostgreSQL125.msi', 'PostgreSQL14.msi', 'PostgreSQL.msi']);
    await runAction(
      createDatabasePackageReinstall(c),
      { cache, 'install-folder': 'D:\\Qlik Sense' },
      { exec, node: withRelease(release) },
    );
    expect(calls).toHaveLength(1);
    expect(path.basename(calls[0]?.[2] ?? '')).toBe(name);
    expect(calls[0]?.slice(-2)).toEqual(['SKIPINSTALLDBSERVICE=1', 'INSTALLDIR=D:\\Qlik Sense']);
  });

  it('takes the newest of several', async () => {
    const { c, cache, calls, exec } = lab(['PostgreSQL14.msi', 'PostgreSQL14.msi']);
    await runAction(createDatabasePackageReinstall(c), { cache }, { exec, node: withRelease('May 2025') });
    expect(calls[0]?.[2]).toContain('{1}v1');
  });

  it('is no plan where the package is missing', async () => {
    const { c, cache } = lab(['PostgreSQL125.msi']);
    const action = createDatabasePackageReinstall(c);
    const plan = await action.describe(action.input.parse({ cache }), contextFor(withRelease('May 2025')));
    expect(plan.incomplete).toContain('There is no PostgreSQL14.msi');
  });
});
