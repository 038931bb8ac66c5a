import { describe, expect, it } from 'vitest';
import { rightsChecks } from '../../../src/actions/database-rights.ts';
import { fakeDatabase } from '../../unit/actions/fakes.ts';
import { usePostgres } from '../../helpers/postgres.ts';

describe('the rights that setup needs on PostgreSQL 15 and later', () => {
  const pg = usePostgres();

  async function statuses(): Promise<string[]> {
    const database = { ...fakeDatabase(), connect: (name: string) => pg().connect(name) };
    const names = [{ name: 'QSR', real: 'QSR' }];
    const context = { run: { id: 'r', step: 's' } } as never;
    const checks = await rightsChecks({ database }, names, context, (_operation, work) =>
      work(new AbortController().signal),
    );
    return checks.map(({ status, message }) => `${status}: ${message}`);
  }

  it('are missed until they are granted', async () => {
    await pg().sql('postgres', 'create database "QSR"');
    expect((await statuses())[0]).toMatch(/^warning: The role qliksenserepository is not there/);
    await pg().sql('postgres', 'create role qliksenserepository login noinherit');
    expect((await statuses())[0]).toMatch(/^failed: .+ of QSR: from PostgreSQL 15 on/);
    await pg().sql('QSR', 'GRANT ALL ON SCHEMA public TO "qliksenserepository"');
    expect((await statuses())[0]).toMatch(/^ok: /);
  });
});
