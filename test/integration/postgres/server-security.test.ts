import { expect, it } from 'vitest';
import { readServerFacts } from '../../../src/postgres/facts.ts';
import { passwordKind, readServerSecurity } from '../../../src/postgres/server-security.ts';
import { usePostgres } from '../../helpers/postgres.ts';

const pg = usePostgres();

async function security(databases: readonly string[]) {
  const client = await pg().connect('postgres');
  try {
    const { superuser } = await readServerFacts(client);
    return await readServerSecurity(client, { superuser, databases });
  } finally {
    await client.close();
  }
}

it('tells the kind of the passwords of who owns the databases, and of nobody else', async () => {
  await pg().sql(
    'postgres',
    `set password_encryption = 'md5'; create role old_owner login password 'geheim'`,
    `set password_encryption = 'scram-sha-256'; create role new_owner login password 'geheim'`,
    `create role stranger login password 'geheim'`,
    'create role no_password login',
  );
  await pg().sql('postgres', 'create database "QSR" owner old_owner');
  await pg().sql('postgres', 'create database "Licenses" owner new_owner');
  await pg().sql('postgres', 'create database "QSMQ" owner no_password');
  const one = await security(['QSR', 'QSMQ']);
  const stored = Object.fromEntries(one.roles?.map(({ name, stored: kind }) => [name, kind]) ?? []);
  expect(stored).toMatchObject({ old_owner: 'md5', no_password: 'other' });
  expect(stored).not.toHaveProperty('stranger');
  expect(stored).not.toHaveProperty('new_owner');
  expect(one.ssl).toBe(false);
  expect(JSON.stringify(one)).not.toMatch(/geheim|md5[0-9a-f]{32}|SCRAM-SHA/);
  const both = await security(['QSR', 'Licenses']);
  expect(passwordKind(both)).toBe('scram-sha-256');
});

it('tells a user who is no superuser the settings alone', async () => {
  await pg().sql('postgres', 'create role plain login');
  const client = await pg().connect('postgres');
  try {
    await client.query('set role plain');
    const { superuser } = await readServerFacts(client);
    const found = await readServerSecurity(client, { superuser, databases: ['postgres'] });
    expect(superuser).toBe(false);
    expect(found).toEqual({
      ssl: false,
      passwordEncryption: expect.stringMatching(/^(md5|scram-sha-256)$/) as string,
    });
    expect(passwordKind(found)).toBeUndefined();
  } finally {
    await client.close();
  }
});
