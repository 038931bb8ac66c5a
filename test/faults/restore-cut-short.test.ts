import { describe } from 'vitest';
import { declareRestoreMatrix } from '../helpers/restore-matrix.ts';
import { openSameHost } from '../helpers/restored-same-host.ts';
import { OTHER_STEPS } from '../helpers/restored-other-ways.ts';

describe.runIf(process.env['SENSE_RUNBOOK_FAULTS'] === 'all')(
  'a restore that is interrupted, or fails',
  () => {
    declareRestoreMatrix(openSameHost, {
      ...{ fault: 'cut short', leavesOut: OTHER_STEPS.sameHost },
    });
  },
);
