import { describe } from 'vitest';
import { declareKillMatrix } from '../helpers/kill-matrix.ts';

// Two files, so that two of them run side by side, each with a database server of its own.
describe('a backup that is killed (part 2 of 2)', () => {
  declareKillMatrix(1, 2);
});
