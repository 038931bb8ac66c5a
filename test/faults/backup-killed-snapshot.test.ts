import { describe } from 'vitest';
import { declareKillMatrix } from '../helpers/kill-matrix.ts';

describe('a backup with quiesce=snapshot that is killed while dumps and services go on side by side', () => {
  declareKillMatrix(0, 1, {
    flags: ['--quiesce', 'snapshot'],
    from: 'operation begin dump-',
    to: 'result dump-',
    sampleEvery: 47,
  });
});
