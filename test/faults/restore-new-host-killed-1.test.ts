import { describe } from 'vitest';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';
import { declareRestoreMatrix } from '../helpers/restore-matrix.ts';
import { openNewHost } from '../helpers/restored-new-host.ts';
import { NEW_HOST_STEPS, OTHER_STEPS } from '../helpers/restored-other-ways.ts';

describe.skipIf(!NO_SAMPLE)('a restore to another host name that is killed (part 1 of 2)', () => {
  declareRestoreMatrix(openNewHost, {
    ...{ part: 0, parts: 2, leavesOut: OTHER_STEPS.newHost, everywhere: NEW_HOST_STEPS },
  });
});
