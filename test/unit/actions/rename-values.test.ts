import { describe, expect, it } from 'vitest';
import {
  moveDatabase,
  moveFolders,
  moveHosts,
  namesHost,
  type Move,
} from '../../../src/actions/rename-values.ts';
import type { ColumnValue } from '../../../src/postgres/column-values.ts';

const MOVE: Move = {
  from: 'qs1.acme.example',
  to: 'qs9.acme.example',
  share: { root: '\\\\files9\\qlik', exclude: [] },
  database: { host: 'db9.acme.example', port: 4432 },
  oldDatabaseHost: 'db1.acme.example',
};

function row(values: Readonly<Record<string, string>>, id = '1'): ColumnValue[] {
  return Object.entries(values).map(([column, value]) => ({
    schema: 'public',
    table: 'T',
    column,
    key: { column: 'ID', value: id },
    value,
  }));
}

const folders = (values: Readonly<Record<string, string>>, move: Partial<Move> = {}) => {
  const { changes, stuck, stays } = moveFolders(row(values), { ...MOVE, ...move });
  return {
    changes: Object.fromEntries(changes.map(({ column, to }) => [column, to])),
    stuck,
    stays: stays.map(({ value }) => value),
  };
};

describe('folders of the share', () => {
  it('keep their place below the root, whatever way a slash leans and however a letter is written', () => {
    expect(
      folders({
        RootFolder: '\\\\QS1\\Share\\',
        AppFolder: '\\\\qs1\\share\\Apps',
        StaticContentRootFolder: '//qs1/SHARE/Static/Content',
        Connector64RootFolder: '\\\\qs1\\share\\CustomData\\',
      }),
    ).toEqual({
      changes: {
        RootFolder: '\\\\files9\\qlik',
        AppFolder: '\\\\files9\\qlik\\Apps',
        StaticContentRootFolder: '\\\\files9\\qlik\\Static\\Content',
        Connector64RootFolder: '\\\\files9\\qlik\\CustomData',
      },
      stuck: [],
      stays: [],
    });
  });

  it('go where the site file says, also from elsewhere', () => {
    const share = { root: 'D:\\Qlik', apps: 'E:\\Apps', archivedLogs: 'F:\\Logs', exclude: [] };
    expect(
      folders(
        { RootFolder: 'D:\\Qlik', AppFolder: 'X:\\Apps', ArchivedLogsRootFolder: '\\\\qs1\\logs' },
        { share },
      ),
    ).toEqual({
      changes: { AppFolder: 'E:\\Apps', ArchivedLogsRootFolder: 'F:\\Logs' },
      stuck: [],
      stays: [],
    });
  });

  it.each(['\\\\files\\custom', '\\\\10.20.30.40\\custom', '\\\\?\\UNC\\files\\custom'])(
    'stay when they lie on another machine, which may be the old one by another name: %s',
    (folder) => {
      const { changes, stuck, stays } = folders({
        RootFolder: '\\\\qs1\\share',
        Connector32RootFolder: folder,
      });
      expect({ changes: Object.keys(changes), stuck, stays }).toEqual({
        changes: ['RootFolder'],
        stuck: [],
        stays: [folder],
      });
    },
  );

  it.each(['D:\\custom', '', '\\\\QS9\\custom', '\\\\localhost\\custom', '\\\\files9\\Qlik\\custom'])(
    'stay without a word on the new machine and in the new share: %s',
    (folder) => {
      const found = folders({ RootFolder: '\\\\qs1\\share', Connector32RootFolder: folder });
      expect(found).toMatchObject({ stuck: [], stays: [] });
      expect(Object.keys(found.changes)).toEqual(['RootFolder']);
    },
  );

  it('are named when they would stay on the machine that is gone', () => {
    const { changes, stuck } = folders({
      RootFolder: '\\\\qs1\\share',
      Connector32RootFolder: '\\\\QS1\\custom',
    });
    expect(stuck).toEqual(['"Connector32RootFolder" is \\\\QS1\\custom']);
    expect(Object.keys(changes)).toEqual(['RootFolder']);
  });

  it('do not change when the share is where it was', () => {
    const share = { root: '\\\\files\\qlik', exclude: [] };
    expect(
      folders({ RootFolder: '\\\\files\\qlik', AppFolder: '\\\\files\\qlik\\Apps' }, { share }).changes,
    ).toEqual({});
  });

  it('of one row do not take the root of another', () => {
    const two = [
      ...row({ RootFolder: '\\\\a\\one' }),
      ...row({ RootFolder: '\\\\b\\two', AppFolder: '\\\\b\\two\\x' }, '2'),
    ];
    expect(moveFolders(two, MOVE).changes.at(-1)?.to).toBe('\\\\files9\\qlik\\x');
  });
});

describe('the address of the database', () => {
  const host = (old: string, move: Partial<Move> = {}) =>
    moveDatabase(row({ DatabaseHost: old }), { ...MOVE, ...move }).changes[0]?.to;

  it.each([
    ['qs1.acme.example', 'db9.acme.example'],
    ['DB1', 'db9.acme.example'],
    ['localhost', undefined],
    ['127.0.0.1', undefined],
    ['other.acme.example', undefined],
  ])('%s', (old, to) => {
    expect(host(old)).toBe(to);
  });

  it('is the new central when the site file reaches the database as localhost', () => {
    expect(host('qs1.acme.example', { database: { host: 'localhost', port: 4432 } })).toBe(
      'qs9.acme.example',
    );
  });

  it('is what the step says, whatever it was', () => {
    expect(host('other', { databaseHost: 'db8' })).toBe('db8');
    expect(host('localhost', { databaseHost: 'db8' })).toBe('db8');
  });

  const address = (old: Readonly<Record<string, string>>, move: Partial<Move> = {}) => {
    const { changes, stays } = moveDatabase(row(old), { ...MOVE, ...move });
    return {
      changes: changes.map(({ column, to }) => `${column} ${to}`),
      stays: stays.map(({ column }) => column),
    };
  };
  const HERE = { database: { host: 'localhost', port: 4432 } };

  it.each<[old: string, move: Partial<Move>, changes: string[]]>([
    ['db1.acme.example', {}, ['DatabaseHost db9.acme.example', 'DatabasePort 4432']],
    ['DB9', {}, ['DatabasePort 4432']],
    ['localhost', HERE, ['DatabasePort 4432']],
    ['qs1', HERE, ['DatabaseHost qs9.acme.example', 'DatabasePort 4432']],
    ['other', { databaseHost: 'db8' }, ['DatabaseHost db8', 'DatabasePort 4432']],
  ])('has the port of the site file where it is that database: %s %j', (old, move, changes) => {
    expect(address({ DatabaseHost: old, DatabasePort: '5432' }, move)).toEqual({ changes, stays: [] });
  });

  it.each<[old: string, move: Partial<Move>]>([
    ['10.20.30.40', {}],
    ['10.20.30.40', HERE],
    ['other.acme.example', {}],
    ['localhost', {}],
  ])('keeps its port on a server that is none of those known, and is told: %s %j', (old, move) => {
    for (const port of ['5432', '4432'])
      expect(address({ DatabaseHost: old, DatabasePort: port }, move)).toEqual({
        changes: [],
        stays: ['DatabaseHost'],
      });
  });

  it('keeps a port that has no host', () => {
    expect(address({ DatabasePort: '5432' })).toEqual({ changes: [], stays: ['DatabasePort'] });
    expect(address({ DatabasePort: '4432' })).toEqual({ changes: [], stays: [] });
  });

  it('goes row by row', () => {
    const two = [
      ...row({ DatabaseHost: 'db1', DatabasePort: '5432' }),
      ...row({ DatabaseHost: 'other', DatabasePort: '5432' }, '2'),
    ];
    expect(moveDatabase(two, MOVE).changes.map(({ key }) => key?.value)).toEqual(['1', '1']);
  });
});

describe('host names', () => {
  it('change without regard to case, short or full, and no other machine', () => {
    const changed = (name: string) => moveHosts(row({ HostName: name }), MOVE).map(({ to }) => to);
    for (const name of ['QS1.ACME.example', 'qs1']) expect(changed(name)).toEqual(['qs9.acme.example']);
    for (const name of ['qs10.acme.example', 'qs2', 'qs9.acme.example']) expect(changed(name)).toEqual([]);
  });
});

describe('whose share it is', () => {
  it.each([
    ['\\\\qs1\\a', true],
    ['//QS1.acme.example/a', true],
    ['\\\\?\\UNC\\qs1\\a', true],
    ['\\\\qs11\\a', false],
    ['\\\\?\\C:\\qs1', false],
    ['C:\\qs1', false],
    ['/qs1/a', false],
  ])('%s', (path, yes) => {
    expect(namesHost(path, 'qs1.acme.example')).toBe(yes);
  });
});
