import { describe, expect, it } from 'vitest';
import { parseCopies, tablesWithData } from '../../../src/postgres/dumped-tables.ts';

describe('the list of an archive', () => {
  it('names the tables that have data', () => {
    const listing = [
      '; Archive created at 2026-11-23',
      '215; 1259 16421 TABLE public Apps qliksenserepository',
      '3405; 0 16421 TABLE DATA public Apps qliksenserepository',
      '3406; 0 16422 TABLE DATA other Apps postgres',
      '3407; 0 16423 TABLE DATA public LocalConfigs postgres\r',
      '3208; 0 0 ACL public TABLE "Apps" postgres',
    ].join('\n');
    expect(tablesWithData(listing)).toEqual(['Apps', 'LocalConfigs']);
  });
});

describe('rows of a script', () => {
  it('are read with their escapes, nulls and empty texts', () => {
    const script = [
      '--',
      'COPY public."Local Configs" ("ID", "Host""Name", plain) FROM stdin;',
      '1\t\\\\\\\\qs1\\\\share\t\\N',
      '2\ta\\tb\\nc\t',
      '\\.',
      '',
      'COPY public.empty (id) FROM stdin;',
      '\\.',
    ].join('\n');
    expect(parseCopies(script)).toEqual([
      {
        schema: 'public',
        table: 'Local Configs',
        columns: ['ID', 'Host"Name', 'plain'],
        rows: [
          ['1', '\\\\qs1\\share', null],
          ['2', 'a\tb\nc', ''],
        ],
      },
      { schema: 'public', table: 'empty', columns: ['id'], rows: [] },
    ]);
  });
});
