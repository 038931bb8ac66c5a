import { describe } from 'vitest';
import { declareRestoreRollbackMatrix } from '../helpers/restore-rollback-matrix.ts';

describe.runIf(process.env['SENSE_RUNBOOK_FAULTS'] === 'all')(
  'the rollback of a restore that is interrupted, or fails',
  () => {
    declareRestoreRollbackMatrix({ fault: 'cut short', endsOfOne: 8 });
  },
);
