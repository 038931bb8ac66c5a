import { describe } from 'vitest';
import { declareRestoreMatrix } from '../helpers/restore-matrix.ts';
import { openNewHost } from '../helpers/restored-new-host.ts';
import { NEW_HOST_STEPS, OTHER_STEPS } from '../helpers/restored-other-ways.ts';

describe('a restore to another host name that is killed (part 2 of 2)', () => {
  declareRestoreMatrix(openNewHost, {
    ...{ part: 1, parts: 2, leavesOut: OTHER_STEPS.newHost, everywhere: NEW_HOST_STEPS },
  });
});
