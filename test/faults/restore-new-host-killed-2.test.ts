import { describe } from 'vitest';
import { declareNewHostMatrix } from '../helpers/new-host-matrix.ts';

describe('a restore to another host name that is killed (part 2 of 3)', () => {
  declareNewHostMatrix(1, 3);
});
