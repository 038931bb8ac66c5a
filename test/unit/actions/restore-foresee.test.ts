import fs from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { noOffsite } from '../../../src/actions/offsite.ts';
import { GLOBALS_FILE } from '../../../src/actions/postgres-globals.ts';
import { createRestoreForesee } from '../../../src/actions/restore-foresee.ts';
import { StepError } from '../../../src/contract/errors.ts';
import type { DumpedTable } from '../../../src/postgres/dumped-tables.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';
import type { Manifest } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { manifest } from './check-restore-lab.ts';
import { fakeVault } from './fake-vault.ts';
import { fakeDatabase, fakeScratch, fakeSite } from './fakes.ts';
import { runAction } from './harness.ts';

const PERSISTENCE: DumpedTable = {
  schema: 'public',
  table: 'ServiceClusterSettingsSharedPersistenceProperties',
  columns: ['ID', 'RootFolder', 'Connector32RootFolder'],
  rows: [],
};

/** Of a restore to another host name, whose set says what the table has. */
async function foresee(
  person: { canAsk: boolean; answer?: boolean },
  { connectors = '\\\\qs1.example\\share\\Custom Data', names = true } = {},
) {
  const asked: string[] = [];
  const vault = {
    ...fakeVault('/vault'),
    read: () =>
      Promise.resolve({
        ...manifest,
        site: { ...manifest.site, share: [{ folder: 'share', original: '\\\\qs1.example\\share' }] },
      } as unknown as Manifest),
  };
  const table = { ...PERSISTENCE, rows: [['1', '\\\\qs1.example\\share', connectors]] };
  const action = createRestoreForesee({
    site: fakeSite({ share: { root: '\\\\qs9.example\\share', exclude: [] } }),
    vault,
    offsite: noOffsite(vault),
    scratch: fakeScratch(),
    database: { ...fakeDatabase(), dumpedTables: () => Promise.resolve([table]) },
    person: {
      canAsk: person.canAsk,
      confirm: (text) => {
        asked.push(text);
        return Promise.resolve(person.answer ?? true);
      },
    },
  });
  const given = { set: 'SET', roles: false, names, from: 'qs1.example', to: 'qs9.example' };
  return { asked, ran: runAction(action, given) };
}

it('tells a person every name that changes, old and new, and goes on when told so', async () => {
  const { asked, ran } = await foresee({ canAsk: true });
  const { performed, outputs } = await ran;
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain('From qs1.example to qs9.example');
  expect(asked[0]).toContain('"RootFolder": \\\\qs1.example\\share -> \\\\qs9.example\\share (1 row)');
  expect(performed.map(({ kind }) => kind)).toEqual(['file', 'human']);
  expect(outputs['told']).toContainEqual(expect.stringContaining('"Connector32RootFolder"'));
});

it('stops with nothing changed when the person does not want that', async () => {
  const { ran } = await foresee({ canAsk: true, answer: false });
  await expect(ran).rejects.toMatchObject({ exitCode: 75, changed: 'Nothing of the site was changed.' });
});

it('asks nobody without a terminal, but tells all the same', async () => {
  const { asked, ran } = await foresee({ canAsk: false });
  const { outputs } = await ran;
  expect(asked).toEqual([]);
  expect(outputs['told']).toContainEqual(expect.stringContaining('"RootFolder"'));
});

it('refuses a set with a folder that would stay on the old machine, before anything is stopped', async () => {
  const { asked, ran } = await foresee({ canAsk: true }, { connectors: '\\\\qs1.example\\elsewhere' });
  await expect(ran).rejects.toThrow(StepError);
  await expect(ran).rejects.toThrow('\\\\qs1.example\\elsewhere');
  expect(asked).toEqual([]);
});

it('asks nobody where there is nothing to tell', async () => {
  const { asked, ran } = await foresee({ canAsk: true }, { names: false });
  expect((await ran).outputs).toEqual({ told: [] });
  expect(asked).toEqual([]);
});

it('refuses a set whose owner is a superuser that is missing here, with what makes it', async () => {
  const root = temporaryFolder();
  await fs.mkdir(path.join(root, 'SET', 'databases'), { recursive: true });
  const globals = [
    'CREATE ROLE dba;',
    'ALTER ROLE dba WITH SUPERUSER LOGIN;',
    '-- PostgreSQL database cluster dump complete',
    '',
  ];
  await fs.writeFile(path.join(root, 'SET', GLOBALS_FILE), globals.join('\n'));
  const vault = { ...fakeVault(root), read: () => Promise.resolve(manifest as unknown as Manifest) };
  const client = { query: () => Promise.resolve([{ name: 'postgres' }]), close: () => Promise.resolve() };
  const action = createRestoreForesee({
    site: fakeSite(),
    vault,
    offsite: noOffsite(vault),
    scratch: fakeScratch(),
    database: {
      ...fakeDatabase(),
      connect: () => Promise.resolve(client as unknown as SqlClient),
      dumpedOwners: ({ target }) => Promise.resolve(target.includes('Licenses') ? ['dba'] : []),
    },
    person: { canAsk: false, confirm: () => Promise.reject(new Error('nobody is there')) },
  });
  const ran = runAction(action, { set: 'SET' });
  await expect(ran).rejects.toThrow('The superuser dba of the old server owns what is in Licenses');
  await expect(ran).rejects.toMatchObject({
    changed: 'Nothing of the site was changed.',
    hint: expect.stringContaining('CREATE ROLE "dba" SUPERUSER;') as string,
  });
});
