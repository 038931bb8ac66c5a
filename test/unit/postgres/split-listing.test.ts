import { describe, expect, it } from 'vitest';
import { splitListing } from '../../../src/postgres/split-listing.ts';

const HEAD = [';', '; Archive created at 2026-11-29', ';     Format: TAR', ';'];
const ENTRIES = {
  schema: '6; 2615 16385 SCHEMA - own postgres',
  table: '215; 1259 16386 TABLE public Apps qliksenserepository',
  small: '3342; 0 16386 TABLE DATA public Apps qliksenserepository',
  large: '3343; 0 16390 TABLE DATA public TABLE DATA qliksenserepository',
  medium: '3344; 0 16394 TABLE DATA own Users qliksenserepository',
  empty: '3345; 0 16398 TABLE DATA own Nothing qliksenserepository',
  sequence: '3352; 0 0 SEQUENCE SET public apps_id_seq qliksenserepository',
  largeObjects: '3346; 0 0 BLOBS - BLOBS ',
  index: '3190; 2606 16402 CONSTRAINT public Apps PK qliksenserepository',
};
const LISTING = [...HEAD, ...Object.values(ENTRIES), ''].join('\r\n');
const SIZES = { 'toc.dat': 9000, '3342.dat': 100, '3343.dat': 900, '3344.dat': 600, 'restore.sql': 9000 };

function split(sizes: Record<string, number>, lists: number): string[][] {
  const members = Object.entries(sizes).map(([name, size]) => ({ name, size, position: 0 }));
  return splitListing(LISTING, members, lists).map((text) => text.split('\n').filter((line) => line !== ''));
}

describe('the rows of a dump in tar format', () => {
  it('are dealt out to lists of about the same size, each in the order of the dump', () => {
    const [first = [], second = []] = split(SIZES, 2);
    expect(second).toEqual([ENTRIES.small, ENTRIES.medium, ENTRIES.empty]);
    expect(first).toContain(ENTRIES.large);
    expect([...first, ...second].toSorted()).toEqual(Object.values(ENTRIES).toSorted());
  });

  it('leave everything else to the first list, large objects with their size', () => {
    const [first = [], second = []] = split({ ...SIZES, 'blob_16500.dat': 5000, 'blobs.toc': 20 }, 2);
    const { small, large, medium, empty, ...rest } = ENTRIES;
    expect(first).toEqual(Object.values(rest));
    expect(second).toEqual([small, large, medium, empty]);
  });

  it('leave a list empty where there are fewer tables than lists', () => {
    const lists = split(SIZES, 8);
    expect(lists).toHaveLength(8);
    expect(lists.flat()).toHaveLength(Object.keys(ENTRIES).length);
    expect(lists.filter((lines) => lines.length === 0).length).toBeGreaterThan(0);
  });
});
