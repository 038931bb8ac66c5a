import { describe, expect, it } from 'vitest';
import { backAgain, obstaclesAfter, type SwapEntry } from '../../../src/actions/swap-state.ts';
import type { DatabaseRow } from '../../../src/postgres/database-rows.ts';

function entry(name: string, old: number | undefined, restored: number): SwapEntry {
  const names = { name, final: name, temporary: `${name}_restore`, kept: `${name}_before` };
  return { ...names, restored, ...(old === undefined ? {} : { old, oldAllowed: true }) };
}

function rows(names: Readonly<Record<string, number>>): DatabaseRow[] {
  return Object.entries(names).map(([name, oid]) => ({
    ...{ name, oid, allowConnections: true, bytes: 0, comment: null },
  }));
}

const messages = (...given: Parameters<typeof obstaclesAfter>): string[] =>
  obstaclesAfter(...given).map(({ message }) => message);

describe('what stands in the way of undoing a swap', () => {
  const entries = [entry('QSR', 1, 11), entry('Licenses', 2, 12), entry('New', undefined, 13)];
  const swapped = { QSR: 11, QSR_before: 1, Licenses: 12, Licenses_before: 2, New: 13 };

  it('is nothing when each old one is kept, or all are put back, or the swap never was', () => {
    expect(messages([], entries, rows(swapped))).toEqual([]);
    expect(
      messages([], entries, rows({ QSR: 1, QSR_restore: 11, Licenses: 2, Licenses_restore: 12 })),
    ).toEqual([]);
    expect(messages([], entries, rows({ QSR: 1, Licenses: 2 }))).toEqual([]);
  });

  it('is every old one that is gone, and every place that another database has', () => {
    const found = rows({ ...swapped, QSR: 99 }).filter(({ name }) => name !== 'Licenses_before');
    expect(messages([], entries, found)).toEqual([
      'The database QSR is another one than was restored.',
      'The old database of Licenses is not there any more.',
    ]);
    expect(() => backAgain(entries, found)).toThrow('The database QSR is another one');
  });

  it('is judged of an older attempt by the names that the newer ones leave', () => {
    // The second attempt restored anew: the database of the first is dropped, and the place is of the second.
    const older = [entry('QSR', 1, 10)];
    const newer = [entry('QSR', 1, 11)];
    const now = rows({ QSR: 11, QSR_before: 1 });
    expect(messages([], older, now)).toEqual(['The database QSR is another one than was restored.']);
    expect(messages([newer], older, now)).toEqual([]);
  });

  it('is told once, not of each attempt', () => {
    const newer = [entry('QSR', 1, 11)];
    expect(messages([newer], newer, rows({ QSR: 11 }))).toEqual([]);
  });
});
