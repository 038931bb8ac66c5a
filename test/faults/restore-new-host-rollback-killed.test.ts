import { describe } from 'vitest';
import { declareNewHostRollbackMatrix } from '../helpers/new-host-rollback-matrix.ts';

describe.runIf(process.env['SENSE_RUNBOOK_FAULTS'] === 'all')(
  'the rollback of a restore to another host name that is killed',
  () => {
    declareNewHostRollbackMatrix({ fault: 'killed', endsOfOne: 8 });
  },
);
