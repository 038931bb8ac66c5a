import { describe } from 'vitest';
import { openNewHost } from '../helpers/restored-new-host.ts';
import { declareRollbackMatrix } from '../helpers/rollback-matrix.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

describe.runIf(NO_SAMPLE)(
  'the rollback of a restore to another host name that is interrupted, or fails',
  () => {
    declareRollbackMatrix(openNewHost, { fault: 'cut short', endsOfOne: 8 });
  },
);
