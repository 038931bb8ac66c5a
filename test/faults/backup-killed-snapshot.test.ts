import { describe } from 'vitest';
import { declareKillMatrix } from '../helpers/kill-matrix.ts';

// Not in the sample: test/e2e/quiesce-snapshot.test.ts kills once between the locks and the end of the dumps.
describe.runIf(process.env['SENSE_RUNBOOK_FAULTS'] === 'all')(
  'a backup with quiesce=snapshot that is killed while dumps and services go on side by side',
  () => {
    declareKillMatrix(0, 1, {
      flags: ['--quiesce', 'snapshot'],
      from: 'operation begin dump-',
      to: 'result dump-',
    });
  },
);
