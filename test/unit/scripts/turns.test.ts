import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesOfTurn, shareOfTurn, thisTurn, TURNS } from '../../helpers/turns.ts';

const FIRST = 700;

/** So many turns, one after another. */
function turns(count: number): number[] {
  return Array.from({ length: count }, (_none, index) => FIRST + index);
}

describe('tests by turns', () => {
  it.each(['faults', 'procedures', 'windows'] as const)('give each file of %s its turn', (name) => {
    const files = readdirSync(`test/${name}`).filter((file) => file.endsWith('.test.ts'));
    const taken = turns(TURNS[name]).flatMap((turn) => filesOfTurn(name, turn));
    expect([...new Set(taken)].toSorted()).toEqual(files.map((file) => `test/${name}/${file}`).toSorted());
  });

  it('take the kills of the backup in every turn, and one of the others only in one of them', () => {
    const taken = turns(TURNS.faults).map((turn) => filesOfTurn('faults', turn));
    const count = (file: string): number => taken.filter((files) => files.includes(file)).length;
    expect(count('test/faults/backup-killed-1.test.ts')).toBe(TURNS.faults);
    expect(count('test/faults/restore-cut-short.test.ts')).toBe(1);
  });

  it('give each of many ends of one file its turn', () => {
    const ends = Array.from({ length: 20 }, (_none, index) => index);
    const shares = [0, 1, 2].map((round) => shareOfTurn(ends, String(FIRST + round * TURNS.faults)));
    expect(shares.flat().toSorted((one, other) => one - other)).toEqual(ends);
    expect(Math.max(...shares.map(({ length }) => length))).toBe(7);
  });

  it('take all where there are no turns', () => {
    expect(shareOfTurn([1, 2, 3], '')).toEqual([1, 2, 3]);
  });

  it('refuse a turn that is no number', () => {
    expect(() => thisTurn('2/12')).toThrow('SENSE_RUNBOOK_TURN is "2/12", and not a number');
  });
});
