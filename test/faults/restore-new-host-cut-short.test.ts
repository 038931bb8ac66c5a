import { describe } from 'vitest';
import { declareRestoreMatrix } from '../helpers/restore-matrix.ts';
import { openNewHost } from '../helpers/restored-new-host.ts';
import { OTHER_STEPS } from '../helpers/restored-other-ways.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

describe.runIf(NO_SAMPLE)('a restore to another host name that is interrupted, or fails', () => {
  declareRestoreMatrix(openNewHost, {
    ...{ fault: 'cut short', leavesOut: OTHER_STEPS.newHost },
  });
});
