import { describe } from 'vitest';
import { declareRestoreMatrix } from '../helpers/restore-matrix.ts';

// Every second place is enough: those where it is killed are the same.
describe.runIf(process.env['SENSE_RUNBOOK_FAULTS'] === 'all')(
  'a restore that is interrupted, or fails',
  () => {
    declareRestoreMatrix(0, 2, 'cut short');
  },
);
