import { describe, expect, it } from 'vitest';
import { PreflightError, UsageError } from '../../../src/contract/errors.ts';
import { askSiteDatabase, type DatabaseCollaborators } from '../../../src/discovery/site-database.ts';
import type { ServerAddress, SqlClient } from '../../../src/postgres/server.ts';

const REFUSED = () => new PreflightError('refused', { cause: { code: '28P01' } });

const TABLES: Readonly<Record<string, string[]>> = {
  ServerNodeConfigurations: ['HostName', 'IsCentral'],
  Licenses: ['Organization'],
};

/** A server that takes one password, and answers by what a statement asks for. */
function server(
  password: string | undefined,
  databases: readonly string[] = ['QSR', 'senseservices', 'Sales', 'postgres'],
): DatabaseCollaborators & { readonly signedIn: ServerAddress[]; open: number } {
  const answer = (text: string, values: readonly unknown[] = []): object[] => {
    if (text.includes('server_version_num'))
      return [{ version: '14.17', number: 140_017, superuser: true, standby: false }];
    if (text.includes('pg_settings')) return [];
    if (text.includes('datistemplate')) return databases.map((name) => ({ name, owner: `owner of ${name}` }));
    if (text.includes('information_schema'))
      return (TABLES[String(values[0])] ?? []).map((column) => ({ schema: 'public', column }));
    if (text.includes('"Licenses"')) return [{ c0: 'Acme' }];
    return [{ c0: 'qlik01', c1: 't' }];
  };
  const around = {
    signedIn: [] as ServerAddress[],
    open: 0,
    connect(address: ServerAddress): Promise<SqlClient> {
      if (address.password !== password) return Promise.reject(REFUSED());
      around.signedIn.push(address);
      around.open += 1;
      return Promise.resolve({
        query: <Row extends object>(text: string, values?: readonly unknown[]) =>
          Promise.resolve(answer(text, values) as Row[]),
        close: () => {
          around.open -= 1;
          return Promise.resolve();
        },
      });
    },
    readSecret: () => Promise.resolve('from a file'),
  };
  return around;
}

/** Types one password after the other, and remembers the questions. */
function typing(...answers: (string | undefined)[]): {
  questions: string[];
  askPassword: NonNullable<DatabaseCollaborators['askPassword']>;
} {
  const questions: string[] = [];
  return {
    questions,
    askPassword: (question) => {
      questions.push(question);
      return Promise.resolve(answers.shift());
    },
  };
}

describe('the repository database, asked what its site is', () => {
  it('is left alone where nothing listens and nobody names it', async () => {
    expect(await askSiteDatabase(undefined, {}, server(undefined))).toBeUndefined();
  });

  it('tells nodes, version, and the databases as they are spelled, without a password for the site file', async () => {
    const around = server(undefined);
    expect(await askSiteDatabase(4432, {}, around)).toEqual({
      host: 'localhost',
      port: 4432,
      user: 'postgres',
      version: '14.17',
      databases: [
        { name: 'QSR', owner: 'owner of QSR' },
        { name: 'senseservices', owner: 'owner of senseservices' },
      ],
      others: ['Sales'],
      topology: expect.objectContaining({
        central: { hostName: 'qlik01', isCentral: true },
      }) as unknown,
      license: { license: { organization: 'Acme' }, assignments: {} },
    });
    expect(around.open).toBe(0);
  });

  it('is asked where a person says, with the password from where it is kept', async () => {
    const around = server('from a file');
    const request = { host: 'pg1', port: 5432, user: 'admin', password: { file: '/pw' } };
    const found = await askSiteDatabase(undefined, request, around);
    expect(found).toMatchObject({ ...request, version: '14.17' });
    expect(around.signedIn[0]).toEqual({ ...request, password: 'from a file' });
  });

  it('asks for a password until one is right, and tells the site file where it will be kept', async () => {
    const { questions, askPassword } = typing('wrong', 'right');
    const found = await askSiteDatabase(4432, {}, { ...server('right'), askPassword });
    expect(found).toMatchObject({ version: '14.17', password: { secret: 'database' } });
    expect(questions).toEqual([
      'Password of database user postgres on localhost:4432 (empty: go on without):',
      'It was refused. Password of database user postgres on localhost:4432 (empty: go on without):',
    ]);
  });

  it.each([[undefined], ['']])('goes on without a password when %j is typed', async (typed) => {
    const found = await askSiteDatabase(4432, {}, { ...server('right'), ...typing(typed) });
    expect(found).toEqual({
      host: 'localhost',
      port: 4432,
      user: 'postgres',
      password: { secret: 'database' },
      databases: [],
      others: [],
      trouble: 'refused',
    });
  });

  it('does not ask for a password when the server is not there', async () => {
    const { questions, askPassword } = typing('x');
    const connect = () => Promise.reject(new PreflightError('nothing answers'));
    const found = await askSiteDatabase(4432, {}, { ...server(undefined), connect, askPassword });
    expect(found?.trouble).toBe('nothing answers');
    expect(questions).toEqual([]);
  });

  it('fails when the password that was named on purpose cannot be had, or is refused', async () => {
    const request = { password: { file: '/pw' } };
    const readSecret = () => Promise.reject(new UsageError('no such file'));
    await expect(askSiteDatabase(4432, request, { ...server('x'), readSecret })).rejects.toThrow('no such');
    const { questions, askPassword } = typing('x');
    await expect(askSiteDatabase(4432, request, { ...server('x'), askPassword })).rejects.toThrow('refused');
    expect(questions).toEqual([]);
  });

  it('takes no database for a site that has no QSR, or has it twice', async () => {
    const other = await askSiteDatabase(4432, {}, server(undefined, ['postgres', 'Sales']));
    expect(other).toMatchObject({ databases: [], others: [], trouble: 'the server has no database QSR' });
    const twice = await askSiteDatabase(4432, {}, server(undefined, ['QSR', 'qsr']));
    expect(twice).toMatchObject({
      databases: [],
      trouble: expect.stringContaining('"QSR", "qsr"') as string,
    });
  });

  it('lets a bug of ours through', async () => {
    const connect = () => Promise.reject(new TypeError('undefined is not a function'));
    await expect(askSiteDatabase(4432, {}, { ...server(undefined), connect })).rejects.toThrow(TypeError);
  });
});
