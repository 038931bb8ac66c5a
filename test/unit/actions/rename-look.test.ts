import { describe, expect, it } from 'vitest';
import { lookedLines } from '../../../src/actions/rename-foreseen.ts';
import { lookForNames } from '../../../src/actions/rename-look.ts';
import { dumpSource } from '../../../src/actions/rename-sources.ts';
import { PERSISTENCE, type Move } from '../../../src/actions/rename-values.ts';

const MOVE: Move = {
  from: 'qs1.acme.example',
  to: 'qs9.acme.example',
  share: { root: '\\\\files9\\qlik', exclude: [] },
  database: { host: 'db9.acme.example', port: 5433 },
};

const look = (row: Readonly<Record<string, string>>) =>
  lookForNames(
    dumpSource([
      {
        schema: 'public',
        table: PERSISTENCE,
        columns: ['ID', 'RootFolder', ...Object.keys(row)],
        rows: [['1', '\\\\qs1\\share', ...Object.values(row)]],
      },
    ]),
    MOVE,
    false,
  );

describe('the persistence settings of a set', () => {
  it('that name another server by its address are told with what to do, and keep their port', async () => {
    const looked = await look({
      ArchivedLogsRootFolder: '\\\\10.20.30.40\\logs',
      Connector32RootFolder: '\\\\nas\\custom',
      DatabaseHost: '10.20.30.40',
      DatabasePort: '4432',
    });
    expect(looked.changes.map(({ column }) => column)).toEqual(['RootFolder']);
    expect(looked.byHand).toEqual([
      expect.stringMatching(/"Connector32RootFolder" stays \\\\nas\\custom.*: change it in QlikSenseUtil/),
      expect.stringMatching(
        /"ArchivedLogsRootFolder" stays \\\\10\.20\.30\.40\\logs: not changed\. .*share\.archived-logs in site\.yaml.*QlikSenseUtil/,
      ),
      expect.stringMatching(
        /"DatabaseHost" stays 10\.20\.30\.40: .*db9\.acme\.example, port 5433.*host and port/,
      ),
    ]);
    expect(lookedLines(looked)).toEqual(expect.arrayContaining([...looked.byHand]));
  });

  it('that are all known need nobody', async () => {
    const known = { AppFolder: '\\\\qs1\\share\\Apps', DatabaseHost: 'qs1', DatabasePort: '4432' };
    expect((await look(known)).byHand).toEqual([]);
  });

  it('that stay on the old machine by its name are refused as before', async () => {
    await expect(look({ ArchivedLogsRootFolder: '\\\\qs1\\logs' })).rejects.toThrow(
      'still be on the old machine',
    );
  });
});
