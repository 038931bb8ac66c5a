import { describe } from 'vitest';
import { declareRestoreMatrix } from '../helpers/restore-matrix.ts';

// Three files, so that they run side by side, each with a database server of its own.
describe('a restore that is killed (part 1 of 3)', () => {
  declareRestoreMatrix(0, 3);
});
