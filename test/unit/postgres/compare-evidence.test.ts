import { describe, expect, it } from 'vitest';
import { compareEvidence, tableText } from '../../../src/postgres/compare-evidence.ts';
import type { DatabaseEvidence, TableEvidence } from '../../../src/postgres/evidence-format.ts';

const APPS: TableEvidence = { schema: 'public', name: 'Apps', rows: 12, checksum: 'a'.repeat(32) };

function evidence(changes: Partial<DatabaseEvidence> = {}): DatabaseEvidence {
  return {
    name: 'QSR',
    database: 'QSR',
    takenAt: '2026-11-23T02:00:00.000Z',
    owner: 'qliksenserepository',
    encoding: 'UTF8',
    collate: 'en_US.UTF-8',
    ctype: 'en_US.UTF-8',
    tablespace: 'pg_default',
    connectionLimit: -1,
    acl: null,
    settings: [],
    extensions: [{ name: 'plpgsql', version: '1.0', schema: 'pg_catalog' }],
    largeObjects: { count: 2, bytes: 10, checksum: 'b'.repeat(32) },
    tables: [APPS],
    objects: { views: 3, materializedViews: 1 },
    ...changes,
  };
}

function messages(changes: Partial<DatabaseEvidence>, expected = evidence()): string[] {
  return compareEvidence(expected, evidence(changes)).map(({ message }) => message);
}

describe('comparing a restored database with what was recorded', () => {
  it('says nothing about what differs rightly in another cluster', () => {
    expect(
      messages({
        database: 'drill_1',
        takenAt: '2026-11-24T02:00:00.000Z',
        tablespace: 'fast_disk',
        collate: 'en_US.utf8',
        acl: ['=Tc/postgres', 'qliksenserepository=CTc/postgres'],
        extensions: [
          { name: 'plpgsql', version: '1.1', schema: 'pg_catalog' },
          { name: 'adminpack', version: '2.0', schema: 'pg_catalog' },
        ],
        tables: [{ schema: 'public', name: 'Apps', rows: 12 }],
        largeObjects: { count: 2, bytes: 10 },
        objects: { views: 3, materializedViews: 1, policies: 4 },
      }),
    ).toEqual([]);
  });

  it.each<[string, Partial<DatabaseEvidence>, string]>([
    [
      'a lost row',
      { tables: [{ ...APPS, rows: 11 }] },
      'QSR: the table public."Apps" has 11 rows, and had 12',
    ],
    [
      'changed rows',
      { tables: [{ ...APPS, checksum: 'c'.repeat(32) }] },
      'QSR: the table public."Apps" has 12 rows as before, but not the same content',
    ],
    ['a lost table', { tables: [] }, 'QSR: the table public."Apps" is missing; it had 12 rows'],
    [
      'a table of another database',
      { tables: [APPS, { schema: 'public', name: 'other', rows: 1 }] },
      'QSR: the table public.other was not there; it has 1 row',
    ],
    [
      'lost large objects',
      { largeObjects: { count: 1, bytes: 4 } },
      'QSR: large objects: 1 with 4 bytes, and were 2 with 10 bytes',
    ],
    [
      'changed large objects',
      { largeObjects: { count: 2, bytes: 10, checksum: 'c'.repeat(32) } },
      'QSR: large objects: 2 with 10 bytes as before, but not the same content',
    ],
    ['lost objects', { objects: { materializedViews: 0 } }, 'QSR: materialized views: 0, and were 1'],
    ['a lost extension', { extensions: [] }, 'QSR: the extension plpgsql is missing'],
    ['another encoding', { encoding: 'LATIN1' }, 'QSR: the encoding is LATIN1, and was UTF8'],
  ])('finds %s', (_what, changes, message) => {
    expect(messages(changes)).toEqual([message]);
    expect(compareEvidence(evidence(), evidence(changes)).every(({ data }) => data)).toBe(true);
  });

  it('tells properties that no dump holds apart from data', () => {
    const found = evidence({
      owner: 'postgres',
      collate: 'C',
      acl: ['postgres=CTc/postgres'],
      connectionLimit: 5,
      settings: [
        { role: null, setting: 'work_mem=8MB' },
        { role: 'reader', setting: 'search_path=a' },
      ],
    });
    const differences = compareEvidence(evidence(), found);
    expect(differences.map(({ data }) => data)).toEqual([false, false, false, false, false]);
    expect(differences.map(({ message }) => message)).toEqual([
      'QSR: the owner is postgres, and was qliksenserepository',
      'QSR: the collation is C, and was en_US.UTF-8',
      'QSR: the list of rights is postgres=CTc, and was =Tc, qliksenserepository=CTc',
      'QSR: the list of settings is search_path=a (for reader), work_mem=8MB, and was none',
      'QSR: the connection limit is 5, and was -1',
    ]);
  });

  it('compares tables by their real names, and names them in one line', () => {
    const odd = { schema: 'a.b', name: 'c "d"\ne', rows: 1 };
    const mixed = { schema: 'a', name: 'b.c "d"\ne', rows: 1 };
    expect(messages({ tables: [mixed] }, evidence({ tables: [odd] }))).toHaveLength(2);
    expect(tableText(odd)).toBe(String.raw`"a.b"."c \"d\"\ne"`);
    expect(tableText({ schema: 'public', name: 'say "x"' })).toBe('public."say ""x"""');
  });
});
