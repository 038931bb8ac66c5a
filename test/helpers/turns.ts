import { readdirSync } from 'node:fs';
import { rankOf } from './long-files.ts';

/**
 * What takes too long to be done at once is done by turns: this turn's number, which `.ci/run` takes from the count of commits.
 * Without it, all is done.
 */
const TURN = process.env['SENSE_RUNBOOK_TURN'];

/** So many turns until all files of such a folder had theirs. */
export const TURNS = { faults: 12, procedures: 12, windows: 2 } as const;

/** A long list of ends within one file is dealt out once more: to so many times as all files had their turn. */
const SHARES = 3;

/**
 * In every turn: kills of the backup, which runs each night, and of the demo; sets deleted by hand and clocks that go backwards,
 * which a backup meets. Its interruptions, a full vault and 100,000 files take too long for that.
 */
const EVERY_TURN = /\/faults\/(?:backup-killed|backup-preflight|demo-|sets-laid-hands-on)/;

/** The number of this turn, which also seeds the order of tests; undefined when all is done at once. @throws Error for no number */
export function thisTurn(number = TURN): number | undefined {
  if (number === undefined || number === '') return undefined;
  if (!/^\d+$/.test(number)) throw new Error(`SENSE_RUNBOOK_TURN is "${number}", and not a number`);
  return Number(number);
}

/** Every so-many-th file of a folder, the long ones dealt out evenly, and those that are in every turn. */
export function filesOfTurn(name: keyof typeof TURNS, turn: number): string[] {
  const folder = `test/${name}`;
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `${folder}/${file}`)
    .toSorted((one, other) => rankOf(one) - rankOf(other) || (one < other ? -1 : 1));
  const dealtOut = files.filter((file) => !EVERY_TURN.test(file));
  return [
    ...files.filter((file) => EVERY_TURN.test(file)),
    ...dealtOut.filter((_file, index) => index % TURNS[name] === turn % TURNS[name]),
  ];
}

/** What of a long list of ends this turn takes. */
export function shareOfTurn<T>(all: readonly T[], number = TURN): T[] {
  const turn = thisTurn(number);
  if (turn === undefined) return [...all];
  const share = Math.floor(turn / TURNS.faults) % SHARES;
  return all.filter((_one, index) => index % SHARES === share);
}
