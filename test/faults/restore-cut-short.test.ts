import { describe } from 'vitest';
import { declareRestoreMatrix } from '../helpers/restore-matrix.ts';
import { openSameHost } from '../helpers/restored-same-host.ts';
import { OTHER_STEPS } from '../helpers/restored-other-ways.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

describe.runIf(NO_SAMPLE)('a restore that is interrupted, or fails', () => {
  declareRestoreMatrix(openSameHost, {
    ...{ fault: 'cut short', leavesOut: OTHER_STEPS.sameHost },
  });
});
