import { describe } from 'vitest';
import { declareRestoreMatrix } from '../helpers/restore-matrix.ts';
import { openSameHost } from '../helpers/restored-same-host.ts';
import { OTHER_STEPS } from '../helpers/restored-other-ways.ts';

// Two files, so that they run side by side, each with a database server of its own.
describe('a restore that is killed (part 1 of 2)', () => {
  declareRestoreMatrix(openSameHost, {
    ...{ part: 0, parts: 2, leavesOut: OTHER_STEPS.sameHost },
  });
});
