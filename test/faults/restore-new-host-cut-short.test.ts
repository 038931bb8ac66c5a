import { describe } from 'vitest';
import { declareNewHostMatrix } from '../helpers/new-host-matrix.ts';

describe.runIf(process.env['SENSE_RUNBOOK_FAULTS'] === 'all')(
  'a restore to another host name that is interrupted, or fails',
  () => {
    declareNewHostMatrix(0, 1, 'cut short');
  },
);
