import type { TarMember } from './check-tar.ts';

/** Number of an entry that holds the rows of a table; its rows are in the member of that number. */
const ROWS = /^(\d+); \d+ \d+ TABLE DATA /;
/** Large objects, which one entry holds together. */
const LARGE_OBJECT = /^blob/;

/**
 * Deals the rows of the tables in a dump in tar format out to so many lists for `pg_restore --section=data -L`, about as much to
 * each. The first one has everything else that is data: large objects, sequences. All keep the order of the dump: out of it
 * pg_restore reads no tar file. `listing`: what `pg_restore -l` printed of it.
 */
export function splitListing(listing: string, members: readonly TarMember[], lists: number): string[] {
  const sizes = new Map(members.map(({ name, size }) => [name, size]));
  const lines = listing.split(/\r?\n/).filter((line) => /^\d/.test(line));
  const largeObjects = members.reduce((sum, { name, size }) => sum + (LARGE_OBJECT.test(name) ? size : 0), 0);
  const loads = Array.from({ length: lists }, (_, index) => (index === 0 ? largeObjects : 0));
  const tables = lines.flatMap((line) => {
    const number = ROWS.exec(line)?.[1];
    return number === undefined ? [] : [{ line, size: sizes.get(`${number}.dat`) ?? 0 }];
  });
  const listOf = new Map<string, number>();
  // The largest first, each to the list that has least by then.
  for (const { line, size } of tables.toSorted((one, other) => other.size - one.size)) {
    const least = loads.indexOf(Math.min(...loads));
    listOf.set(line, least);
    loads[least] = (loads[least] ?? 0) + size;
  }
  return loads.map((_load, index) =>
    lines
      .filter((line) => (listOf.get(line) ?? 0) === index)
      .map((line) => `${line}\n`)
      .join(''),
  );
}
