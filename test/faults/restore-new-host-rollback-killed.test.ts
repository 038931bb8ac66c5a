import { describe } from 'vitest';
import { openNewHost } from '../helpers/restored-new-host.ts';
import { declareRollbackMatrix } from '../helpers/rollback-matrix.ts';

describe.runIf(process.env['SENSE_RUNBOOK_FAULTS'] === 'all')(
  'the rollback of a restore to another host name that is killed',
  () => {
    declareRollbackMatrix(openNewHost, { fault: 'killed', endsOfOne: 8 });
  },
);
