import fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { clientEnvironment } from '../../../src/postgres/client-environment.ts';
import { createCluster } from '../../../src/postgres/cluster.ts';
import { connect } from '../../../src/postgres/connect.ts';
import {
  cleanGlobals,
  createPrivateFile,
  finishGlobals,
  globalsCommand,
} from '../../../src/postgres/globals.ts';
import { writePassFile } from '../../../src/postgres/pass-file.ts';
import type { ServerAddress } from '../../../src/postgres/server.ts';
import { loadScript } from '../../helpers/load-script.ts';
import { usePostgres } from '../../helpers/postgres.ts';

const postgres = usePostgres();

async function dumpGlobals(address: ServerAddress, file: string, superuser: boolean): Promise<void> {
  const { client, exec, folder } = postgres();
  const passFile = await writePassFile(folder, address);
  await createPrivateFile(file);
  await exec(globalsCommand(client, address, { file, superuser }), {
    env: clientEnvironment(passFile && { passFile: passFile.path }),
    timeoutMs: 60_000,
  });
  await passFile?.remove();
}

test('roles come back in a fresh cluster, by its psql, with what was written and cleaned', async () => {
  const { server, exec, folder, sql } = postgres();
  await sql(
    'postgres',
    `create role "qliksenserepository" login noinherit password 'secret;'`,
    `grant "qliksenserepository" to postgres`,
    `comment on role "qliksenserepository" is E'first; ''line\n\\\\restrict notacommand\n-- no comment'`,
  );
  const file = path.join(folder, 'globals.sql');
  await dumpGlobals(postgres().address, file, true);
  const checked = await finishGlobals(file);
  const client = await postgres().connect();
  const [own] = await client.query<{ roles: number }>(
    `select count(*)::int as roles from pg_roles where rolname !~ '^pg_'`,
  );
  await client.close();
  expect(checked.roles).toBe(own?.roles);
  expect(checked.roles).toBeGreaterThanOrEqual(2);
  expect(checked.bytes).toBe((await fs.stat(file)).size);
  if (process.platform !== 'win32') expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
  const text = await fs.readFile(file, 'utf8');
  expect(text).toContain('SCRAM-SHA-256');
  expect(text).not.toMatch(/^\\(un)?restrict [A-Za-z0-9]{20,}/m);

  const fresh = await createCluster({
    exec,
    programs: server,
    folder: path.join(folder, 'fresh'),
    superuser: 'other_superuser',
    password: 'fresh-password',
    durable: false,
  });
  try {
    const { address } = fresh;
    await loadScript(postgres(), address, file);
    const again = await connect({ ...address, user: 'qliksenserepository', password: 'secret;' }, 'postgres');
    const [row] = await again.query<{ comment: string }>(
      `select shobj_description(oid, 'pg_authid') as comment from pg_roles where rolname = 'qliksenserepository'`,
    );
    await again.close();
    expect(row?.comment).toBe("first; 'line\n\\restrict notacommand\n-- no comment");
  } finally {
    await fresh.remove();
  }
}, 120_000);

test('without superuser rights the roles are written without passwords', async () => {
  const { folder, sql, address } = postgres();
  await sql('postgres', `create role "manager" login createrole password 'manager'`);
  const file = path.join(folder, 'managed.sql');
  const as = { ...address, user: 'manager', password: 'manager' };
  await expect(dumpGlobals(as, file, true)).rejects.toThrow(/permission denied/);
  await dumpGlobals(as, file, false);
  expect((await finishGlobals(file)).roles).toBeGreaterThanOrEqual(2);
  expect(await fs.readFile(file, 'utf8')).not.toContain('PASSWORD');
});

test('what psql would refuse is what cleaning takes away', () => {
  const text = '\\restrict abcDEF123\n\nCREATE ROLE x;\n\\unrestrict abcDEF123\n';
  expect(cleanGlobals(text)).toBe('\nCREATE ROLE x;\n');
});
