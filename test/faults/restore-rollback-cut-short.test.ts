import { describe } from 'vitest';
import { openSameHost } from '../helpers/restored-same-host.ts';
import { declareRollbackMatrix } from '../helpers/rollback-matrix.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

describe.runIf(NO_SAMPLE)('the rollback of a restore that is interrupted, or fails', () => {
  declareRollbackMatrix(openSameHost, { fault: 'cut short', endsOfOne: 8 });
});
