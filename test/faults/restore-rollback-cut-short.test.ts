import { describe } from 'vitest';
import { openSameHost } from '../helpers/restored-same-host.ts';
import { declareRollbackMatrix } from '../helpers/rollback-matrix.ts';

describe.runIf(process.env['SENSE_RUNBOOK_FAULTS'] === 'all')(
  'the rollback of a restore that is interrupted, or fails',
  () => {
    declareRollbackMatrix(openSameHost, { fault: 'cut short', endsOfOne: 8 });
  },
);
