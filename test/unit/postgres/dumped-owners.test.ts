import { describe, expect, it } from 'vitest';
import { ownersIn } from '../../../src/postgres/dumped-owners.ts';

const HEAD = ';     Dumped by pg_dump version: 14.17';

describe('owners of what a dump makes', () => {
  it.each([
    '215; 1259 16421 TABLE public Apps dba',
    '215; 1259 16421 TABLE public Apps dba\r\n',
    '216; 1255 16422 FUNCTION public f(integer, text) dba',
    '217; 1259 16423 SEQUENCE public Apps_ID_seq dba',
    '6; 2615 16424 SCHEMA - other dba',
    '6; 2615 2200 SCHEMA - public dba',
    '218; 1259 16425 MATERIALIZED VIEW public Sums dba',
  ])('are found: %s', (line) => {
    expect(ownersIn(`${HEAD}\n${line}`, ['postgres', 'dba'])).toEqual(['dba']);
  });

  it.each([
    '3405; 0 16421 TABLE DATA public Apps dba',
    '3406; 0 0 SEQUENCE SET public Apps_ID_seq dba',
    '3407; 0 0 SEQUENCE OWNED BY public Apps_ID_seq dba',
    '3208; 0 0 COMMENT - EXTENSION dba ',
    '3209; 0 0 ACL - SCHEMA public dba',
    '3210; 2606 16430 CONSTRAINT public Apps Apps_pkey dba',
    '215; 1259 16421 TABLE public dba qliksenserepository',
    '215; 1259 16421 TABLE public Apps mydba',
    '; a comment of dba',
  ])('are not taken from what is given to nobody, or is called so: %s', (line) => {
    expect(ownersIn(`${HEAD}\n${line}`, ['dba'])).toEqual([]);
  });

  it('may have a blank in the name', () => {
    expect(ownersIn('215; 1259 16421 TABLE public Apps the dba', ['the dba'])).toEqual(['the dba']);
  });

  it('are not that of the schema public, which is left out of an old archive', () => {
    const listing = ';     Dumped by pg_dump version: 9.6.24\n6; 2615 2200 SCHEMA - public dba';
    expect(ownersIn(listing, ['dba'])).toEqual([]);
  });
});
